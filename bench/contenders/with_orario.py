"""Orario as a user has it: an app with `async def` tasks, a SQLite file or PostgreSQL, everything else by default."""

import json
import os
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from sqlalchemy import text

from bench.contenders import Contender, GaveUp, Start
from bench.contenders.databases import fresh, is_postgresql
from orario import App, Context
from orario.cli.serving import tune
from orario.core.clock import Clock, ManualClock
from orario.runtime import Runtime
from orario.service.documents import JobDocument
from orario.service.people import SYSTEM
from orario.settings import Settings

STARTS_FILE = "BENCH_STARTS"  # where a server of this app writes, at its end, when its tasks ran
_MEMORY = Path("/dev/shm")
_CHUNK = 50_000  # documents made and handed over at a time
_CALLS: list[float] = []
_STARTS: list[tuple[str, datetime, float]] = []

app = App("bench")


@app.task
async def noop() -> None:
    """Note the time."""
    _CALLS.append(time.time())


@app.task
async def stamp(context: Context) -> None:
    """Note the time, and which moment this is."""
    _STARTS.append((context.job, context.scheduled_for, time.time()))


@app.on_shutdown
def write_starts() -> None:
    if path := os.environ.get(STARTS_FILE):
        Path(path).write_text(json.dumps(_noted()))


def _noted() -> list[Start]:
    return [(job, due.timestamp(), started) for job, due, started in list(_STARTS)]


class Orario(Contender):
    """Recorded: a row that says success is committed, with times and attempt."""

    is_durable: ClassVar[bool] = True
    seconds_each: ClassVar[float] = 2e-3
    apps: ClassVar[list[App]] = [app]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._runtime: Runtime | None = None
        self._first = 0.0
        self._url = fresh() if is_postgresql() else None

    def _open(self, clock: Clock | None = None, folder: Path | None = None) -> Runtime:
        url = self._url or f"sqlite:///{(folder or self.folder) / 'orario.db'}"
        settings = Settings(database_url=url, key="of the benchmark" if self._url else None)
        runtime = Runtime(settings, self.apps, clock=clock)
        runtime.prepare()
        return runtime

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        self._first = min(firsts)
        if self._runtime is not None:
            _create(self._runtime, 1, every, "bench.stamp", patience)
        elif hurried and not self._url:
            with TemporaryDirectory(prefix="orario-bench-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
                self._write(Path(folder), firsts, every, times, patience)
                shutil.copytree(folder, self.folder, dirs_exist_ok=True)
        else:
            self._write(self.folder, firsts, every, times, patience)

    def _write(self, folder: Path, firsts: Sequence[float], every: float, times: int, patience: float) -> None:
        """An interval counts from the job's creation: the clock is held where the first moment wants it."""
        clock = ManualClock(datetime.now(UTC))
        runtime = self._open(clock, folder)
        deadline = time.monotonic() + patience
        for first, same in groupby(firsts):
            clock.step(datetime.fromtimestamp(first - every, UTC) - clock.now())
            task = "bench.noop" if times == 1 else "bench.stamp"
            _create(runtime, len(list(same)), every, task, deadline - time.monotonic())
        runtime.database.close()

    def register_one(self, fields: dict[str, object]) -> None:
        """One more job of an interval, as the fields have it."""
        runtime = self._open()
        task_id = runtime.services.tasks.get("bench.noop").id
        document = {"name": "One more", "taskFunctionId": task_id, "jobTypeId": 1, **fields}
        runtime.services.jobs.create(JobDocument.model_validate(document), SYSTEM)
        runtime.database.close()

    def start(self) -> None:
        self._runtime = self._open()
        tune()  # as `orario serve` does
        self._runtime.start()
        deadline = time.monotonic() + 30
        while not (ready := self._runtime.services.cluster.ready()).ok:
            assert time.monotonic() < deadline, ready.reasons
            time.sleep(0.01)

    def starts(self) -> list[Start]:
        return _noted() + [("once", self._first, started) for started in list(_CALLS)]

    def started(self) -> int:
        return len(_CALLS) + len(_STARTS)

    def recorded(self) -> int:
        assert self._runtime is not None
        with self._runtime.database.reading() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM executions WHERE state = 'success'")) or 0)

    def stop(self) -> None:
        if self._runtime is not None:
            self._runtime.stop()


def _create(runtime: Runtime, count: int, every: float, task: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    task_id = runtime.services.tasks.get(task).id
    for done in range(0, count, _CHUNK):
        if time.monotonic() > deadline:
            raise GaveUp(f"gave up after {patience:.0f} s, with {done:,} registered")
        documents = [
            JobDocument.model_validate(
                {
                    "name": f"Job {number}",
                    "taskFunctionId": task_id,
                    "jobTypeId": 1,
                    "scheduleConfig": {"seconds": int(every)},
                }
            )
            for number in range(done, min(done + _CHUNK, count))
        ]
        runtime.services.jobs.create_many(documents, SYSTEM)
