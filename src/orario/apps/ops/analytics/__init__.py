"""Analytics: figures per job and day, computed once a day and kept when the history is forgotten."""
