"""What a storm goes over: a server without its web face, `python -m tests.acceptance.storm`, and the app of all.

Settings come from the environment; FOLDER says where its tasks leave notes.
"""

import os
import signal
import threading
from pathlib import Path

from orario import App, Context
from orario.runtime import Runtime
from orario.settings import Settings

app = App("storm")
KINDS = ("near", "far")  # carried by servers, and by Celery's workers; the queues have these names


def leave(context: Context) -> int:
    """One line in one write for every start; the attempt."""
    file = os.open(Path(os.environ["FOLDER"]) / "notes.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{context.execution_id} {context.attempt}\n".encode())
    os.close(file)
    return context.attempt


@app.task(queue="near")
async def near(context: Context) -> int:
    """Leave a line."""
    return leave(context)


@app.task(queue="far")
async def far(context: Context) -> int:
    """Leave a line."""
    return leave(context)


def main() -> None:
    runtime = Runtime(Settings(), [app])
    runtime.prepare()
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    runtime.start()
    done.wait()
    runtime.stop()


if __name__ == "__main__":
    main()
