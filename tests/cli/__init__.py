"""The process as its users meet it: its commands, its signals, and what it says when something is wrong."""
