"""A server without its web face, to be killed; its words: DATABASE_URL NOTES_FILE HEARTBEAT."""

import os
import signal
import sys
import threading
from pathlib import Path

from orario import App, Context
from orario.runtime import Runtime
from orario.settings import Settings

HEARTBEAT = 0.6


def make_app(notes: Path) -> App:
    """One task that leaves a line in a file for every time it really starts."""
    app = App("firing")
    file = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    @app.task
    async def note(context: Context) -> None:
        """Leave a line."""
        os.write(file, f"{context.execution_id} {context.attempt}\n".encode())

    return app


def make_runtime(url: str, notes: Path, heartbeat: float = HEARTBEAT) -> Runtime:
    settings = Settings(database_url=url, heartbeat_seconds=heartbeat, drain_seconds=1, key="of the tests")
    return Runtime(settings, [make_app(notes)])


def main() -> None:
    runtime = make_runtime(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
    runtime.prepare()
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    runtime.start()
    print("up", flush=True)
    done.wait()
    runtime.stop()


if __name__ == "__main__":
    main()
