"""Somebody's Celery application, which knows nothing of Orario; what its tasks do is told by files."""

import os
import time
from pathlib import Path

from celery import Celery

app = Celery("theirs", broker=os.environ.get("THEIR_BROKER"), backend=os.environ.get("THEIR_RESULTS") or None)


def leave(what: str) -> None:
    """One line in one write."""
    file = os.open(Path(os.environ["THEIR_FOLDER"]) / "theirs.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{what}\n".encode())
    os.close(file)


@app.task(name="theirs.sync")  # type: ignore[untyped-decorator]
def sync(domain: str = "example.com", password: str | None = None) -> dict[str, object]:
    leave(f"sync {domain} {password}")
    return {"synced": 150, "as": password}


@app.task(name="theirs.fail")  # type: ignore[untyped-decorator]
def fail(password: str = "") -> None:
    leave("fail")
    raise ValueError(f"no such directory: {password}")


@app.task(name="theirs.dwell")  # type: ignore[untyped-decorator]
def dwell(number: int = 0, seconds: float = 60.0) -> int:
    leave(f"began {number} {os.getpid()}")
    time.sleep(seconds)
    leave(f"ended {number} {os.getpid()}")
    return number


@app.task(name="theirs.cling")  # type: ignore[untyped-decorator]
def cling() -> None:
    """Does not end when it is asked to."""
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    leave(f"began 0 {os.getpid()}")
    time.sleep(60)
