"""Processes that begin with everything imported, for a worker's imports take longer than most of what it is to do."""

import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

# Nothing that looks at its environment when it is imported.
_KNOWN = (
    "celery.apps.worker", "celery.bin.celery", "celery.concurrency.prefork", "celery.worker.components",
    "celery.worker.consumer", "celery.worker.strategy", "celery.fixups.django", "celery.backends.redis",
    "celery.app.log", "celery.app.events", "kombu.transport.pyamqp", "kombu.transport.redis", "psycopg",
    "orario.runtime", "orario.engine.station", "orario.executors.celeryapp", "orario.executors.celerypool",
    "orario.apps.http", "orario.apps.shell", "orario.apps.notify", "orario.apps.retention", "orario.apps.ping",
    "orario.apps.agent", "orario.apps.directory", "orario.apps.gamehost", "orario.apps.lokario", "orario.apps.ops",
    "orario.cli.serving",
    "alembic.command", "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.pysqlite",
)  # fmt: skip


class Hatched:
    """A process as `subprocess.Popen` would have it."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        answers: Path | None = None,  # what goes to stdout, if that is not to be in the log too
    ) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload(list(_KNOWN))
        outputs = (str(answers or log), str(log))
        self._process = context.Process(target=_run, args=(list(words), str(folder), dict(environment), outputs))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """How it has ended, if it has."""
        self._process.join(0)
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """How it has ended, once it has."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"it has not ended within {timeout} s"
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):  # its parent, the fork server, may have buried it just now
            if self.poll() is None:
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as by kill -9, with all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.send_signal(signal.SIGKILL)  # it may not have got as far as a group of its own
        self.wait(30)


def _run(words: list[str], folder: str, environment: dict[str, str], outputs: tuple[str, str]) -> None:
    """`python -m` these words, in a session of its own."""
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for stream, path in zip((sys.stdout, sys.stderr), outputs, strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), stream.fileno())
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the one it is forked from ignores it
    module, *arguments = words
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
