"""The command `orario worker`: a Celery worker that carries the executions of some queues."""

import os
import sys
from typing import Annotated

from typer import Option

from orario.cli.exits import Exit, Failure
from orario.cli.loading import load_settings


def worker(
    queues: Annotated[
        list[str], Option("--queue", "-Q", help="A queue to take work from; may be given several times.")
    ],
    concurrency: Annotated[
        int | None, Option("--concurrency", "-c", min=1, help="How many attempts at once (ORARIO_THREADS).")
    ] = None,
) -> None:
    """Carry what waits in queues that are set to Celery; it starts `celery -A orario.executors.celery worker`."""
    settings = load_settings()
    if settings.celery_broker_url is None:
        raise Failure(Exit.INVALID, "ORARIO_CELERY_BROKER_URL is not set: it says where the messages are")
    names = ",".join(queues)
    command = ["celery", "-A", "orario.executors.celery", "worker", "-Q", names, "-l", settings.log_level]
    command += ["--without-gossip", "--without-mingle"]  # workers know each other by the database
    command += ["-n", f"orario-{os.getpid()}@%h"]
    command += ["-c", str(concurrency or settings.threads)]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", *command])
