"""The native REST API, its description, and the pages beside it."""
