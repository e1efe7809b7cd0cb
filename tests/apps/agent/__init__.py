"""The agent: its document, its jobs, and what they are worth when things go wrong."""
