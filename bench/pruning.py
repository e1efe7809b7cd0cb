"""(e) Forgetting old executions while jobs fire every second."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from sqlalchemy import Connection

from bench.cases import Case
from bench.contenders.with_orario import Orario, app
from bench.measure import Stopwatch, lags, memory, sleep_until
from bench.steady import phases
from orario import App
from orario.apps.retention import app as retention
from orario.core.ids import new_ids
from orario.runtime import Runtime
from orario.service.people import SYSTEM
from orario.store.columns import to_micros
from orario.store.raw import many

_JOBS = 200  # that the old executions belong to
_AT_ONCE = 10_000
_OLD = timedelta(days=400)
_SPAN = timedelta(days=300)  # over which they are spread; all are older than retention's 90 days
_LEAD, _GRACE = 8.0, 2.0
_OPEN = (
    "INSERT INTO executions (id, job_id, job_name, task, queue, priority, state, trigger, scheduled_for, due_at,"
    " attempt, token, created_at, started_at, finished_at, result)"
    " VALUES (?, ?, 'Old', 'bench.noop', 'default', 0, 'success', 'scheduler', ?, ?, 1, ?, ?, ?, ?, '{\"rows\": 7}')"
)
_LINE = "INSERT INTO logs (execution_id, attempt, at, level, message) VALUES (?, 1, ?, 'INFO', 'closing the day')"


class Retaining(Orario):
    """Orario with the app that forgets."""

    apps: ClassVar[list[App]] = [app, retention]

    def fill(self, old: int) -> None:
        """Executions of long ago, each with a log line."""
        self.register([time.time() + 1e8] * _JOBS, 1e8, 1, patience=60, hurried=False)
        runtime = self._open()
        with runtime.database.reading() as connection:
            ids = list(connection.exec_driver_sql("SELECT id FROM jobs WHERE app IS NULL").scalars())
        for start in range(0, old, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, old))
            with runtime.database.writing() as connection:
                _write(connection, numbers, old, ids)
            runtime.database.checkpoint()
        with runtime.database.writing() as connection:
            connection.exec_driver_sql(
                f"UPDATE cursors SET success_count = {old // len(ids)} WHERE next_at IS NOT NULL"
            )
        runtime.database.close()

    @property
    def runtime(self) -> Runtime:
        assert self._runtime is not None
        return self._runtime


def _write(connection: Connection, numbers: range, old: int, jobs: list[str]) -> None:
    first = datetime.now(UTC) - _OLD
    opened, lines = [], []
    for number in numbers:
        moment = first + _SPAN * (number / old)
        at = to_micros(moment)
        id, token = new_ids(moment, 2)
        opened.append((id, jobs[number % len(jobs)], at, at, token, at, at + 2000, at + 30_000))
        lines.append((id, at + 3000))
    many(connection, _OPEN, opened)
    many(connection, _LINE, lines)


def run(case: Case, folder: Path) -> dict[str, float]:
    """The lag of the jobs, with or without the pruning, and how fast that goes."""
    one = Retaining(folder)
    one.fill(case.old)
    begin = float(int(time.time() + _LEAD + 0.005 * case.size))
    one.register(phases(case, begin), 1.0, int(case.seconds), patience=60, hurried=False)
    one.start()
    one.runtime.services.jobs.set_enabled("prune-history", case.is_pruned, SYSTEM)
    sleep_until(begin)
    watch = Stopwatch()
    figures = dict(_forget(one.runtime, begin + case.seconds)) if case.is_pruned else {}
    sleep_until(begin + case.seconds)
    spent = watch.read()
    time.sleep(_GRACE)
    lag = lags(one.starts(), begin, case.seconds, case.size * int(case.seconds))
    figures |= {**lag, "cpu_percent": 100 * spent.cpu / spent.wall, "memory": memory()}
    one.stop()
    return figures


def _forget(runtime: Runtime, until: float) -> Iterator[tuple[str, float]]:
    """Let the app do its work, until it is done or time is over."""
    opened = runtime.services.jobs.trigger("prune-history", SYSTEM)
    began = time.monotonic()
    while not (now := runtime.services.executions.get(opened.id)).state.is_final and time.time() < until:
        time.sleep(0.5)
    took = time.monotonic() - began
    yield "forgotten", now.progress.processed
    yield "rate", now.progress.processed / took
