"""One module for each page: whatever in here has `pages` is part of the dashboard."""
