"""An app of one job that fails, for servers in processes of their own."""

from orario import App, OnDemand

app = App("falling")


@app.task(schedule=OnDemand(), display_name="Fall")
def fall() -> None:
    """Fail."""
    raise RuntimeError("it fell")
