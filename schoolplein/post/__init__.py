"""The post: what stands in the outbox becomes letters, and the letters become mails that are sent."""
