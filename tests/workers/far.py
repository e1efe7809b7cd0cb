"""An app whose tasks are performed by workers: what it does there is told by files."""

import asyncio
import logging
import os
import time
from datetime import timedelta
from pathlib import Path

from orario import App, Context, OnDemand, Retry

app = App("far")
FOLDER = os.environ.get("FAR_FOLDER")
ENOUGH = "enough"


def leave(context: Context, what: str) -> None:
    """One line in one write, for every time that a task really starts or ends."""
    if FOLDER is None:  # on a server
        return
    file = os.open(Path(FOLDER) / "notes.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{what} {context.execution_id} {context.attempt} {os.getpid()}\n".encode())
    os.close(file)


@app.task(queue="far", schedule=OnDemand())
async def note(context: Context, number: int = 0) -> int:
    """Leave a line."""
    leave(context, "began")
    return number


@app.task(queue="far", schedule=OnDemand(), max_instances=10_000)
async def crowd(context: Context) -> None:
    """Leave a line."""
    leave(context, "began")


@app.task(queue="far", schedule=OnDemand(), max_instances=1000)
def dwell(context: Context, seconds: float = 60.0) -> None:
    """Stay for a while, until it is enough for all, or until told to stop."""
    leave(context, "began")
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until and not (FOLDER and (Path(FOLDER) / ENOUGH).exists()):
            context.check()
            time.sleep(0.02)
    finally:
        leave(context, "ended")


@app.task(queue="far", schedule=OnDemand(), max_instances=1000)
async def stay(context: Context) -> None:
    """Stay for good."""
    leave(context, "began")
    await asyncio.sleep(60)


@app.task(queue="far", schedule=OnDemand(), timeout="0.5s")
async def overstay(context: Context) -> None:
    """Stay longer than allowed."""
    leave(context, "began")
    try:
        await asyncio.sleep(60)
    finally:
        leave(context, "ended")


@app.task(queue="far", schedule=OnDemand(), retries=Retry(1, delay=timedelta(0)), max_instances=1000)
def persist(context: Context) -> str:
    """Stay at the first attempt, come to an end at the second."""
    leave(context, "began")
    while context.attempt == 1:
        time.sleep(0.02)
    return "done"


@app.task(queue="far", schedule=OnDemand())
async def speak(context: Context, password: str = "") -> dict[str, str]:
    """Say things, one of them a secret."""
    for _ in context.track(range(3)):
        context.info("saying it", what=f"it is {password}")
    logging.getLogger("far").warning("wrote %s", password)
    print(f"printed {password}")
    return {"told": password}


def directory(domain: str = "example.com", password: str | None = None) -> None:
    """Synchronize users from a directory."""


again = Retry(1, delay=timedelta(0))
app.celery_task("theirs.sync", queue="theirs", schedule=OnDemand(), arguments=directory, retries=again)
app.celery_task("theirs.fail", queue="theirs", schedule=OnDemand(), retries=again)
app.celery_task("theirs.dwell", queue="theirs", name="far.their_dwell", schedule=OnDemand(), max_instances=1000)
app.celery_task("theirs.cling", queue="theirs", schedule=OnDemand(), timeout="0.5s")
