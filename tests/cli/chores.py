"""A user's app with a job for every way to end in the foreground."""

import os
import time

from orario import App, Context, Cron, Every, OnDemand

app = App("chores", nicknames={"press": "iron"})
NIGHTLY = Cron("0 2 * * *")


@app.task(schedule=NIGHTLY)
def sweep(context: Context) -> dict[str, int]:
    """Sweep the rooms."""
    for room in context.track(["hall", "attic", "cellar"]):
        context.info("sweeping", room=room)
        if room == "attic":
            context.progress.fail()
    return {"swept": context.progress.processed - context.progress.failed}


@app.task(schedule=NIGHTLY)
def iron() -> dict[str, int]:
    """Iron the shirts."""
    return {"by": os.getpid()}


@app.task(schedule=Every(hours=1))
async def burn() -> None:
    """Fail."""
    raise RuntimeError("the milk is burnt")


@app.task
def rest() -> None:
    """Do nothing."""


@app.task(timeout=0.2, schedule=OnDemand())
def oversleep(context: Context) -> None:
    """Take too long."""
    while True:
        context.check()
        time.sleep(0.01)


@app.task(schedule=OnDemand(), timeout="1m")
def sleep(context: Context) -> None:
    """Take long."""
    context.info("sleeping")
    while True:
        context.check()
        time.sleep(0.01)


app.job("rest", rest, NIGHTLY, enabled=False)
