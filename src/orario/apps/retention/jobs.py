"""The job that forgets every few minutes: often, so that there is little each time."""

from orario import App, Every

EVERY = Every(minutes=5)


def declare(app: App) -> None:
    """Its own history needs to tell of a day or two only."""
    app.job("prune-history", "retention.prune", EVERY, name="Prune the history", keep_count=500)
