"""The news: a doorbell over Redis, a hub per process, and the cursors by which a reader goes on where it was.

The log in PostgreSQL is the truth (`models.stream`); everything here may lose a message and still be right.
"""
