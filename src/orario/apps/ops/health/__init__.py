"""Health: looking at each service, judging, keeping the last result, telling of what has changed."""
