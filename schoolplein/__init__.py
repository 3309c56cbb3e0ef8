"""The assembly: settings, process, HTTP edge, command line, demo school and the embedded services.

The only package that reads the environment, and the only one that knows which server the others run in.
"""
