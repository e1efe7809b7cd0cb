"""What one tick, and one settlement, cost with so many jobs due: `python -m bench.tick_cost [postgresql://...]`.

Processor time of this process and, where the database's processes are on this machine, of theirs; so it is fit for a
busy machine. The answer is a line for each: so much for the transaction, so much for each due job. `bench.sharding`
reckons with them. The database must be empty; without one it is a SQLite file.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import linear_regression, median
from typing import Annotated

import typer
from sqlalchemy import text

from bench.contenders.with_orario import app
from bench.profile_hot_path import Instant
from orario.core.clock import ManualClock
from orario.runtime import Runtime
from orario.service.documents import JobDocument
from orario.service.people import SYSTEM
from orario.settings import Settings
from orario.store.database import Database

_SIZES = (1, 10, 50, 100, 250, 500)
_REPEATS = 5
_HOUR = 3600


@dataclass(frozen=True)
class Cost:
    """Microseconds of a transaction: here, in the database, by the wall; and bytes of its write-ahead log."""

    here: float
    there: float
    wall: float
    wal: float


class Meter:
    """Reads the clocks of both sides, and leaves out what reading them costs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._own = Cost(0.0, 0.0, 0.0, 0.0)
        nothing: list[Cost] = []
        for _ in range(_REPEATS * 4):
            with self.measured(nothing):
                pass
        self._own = Cost(*(median(parts) for parts in zip(*map(astuple, nothing), strict=True)))

    @contextmanager
    def measured(self, found: list[Cost]) -> Iterator[None]:
        before = self._read()
        yield
        after = self._read()
        parts = zip(before, after, astuple(self._own), strict=True)
        found.append(Cost(*(later - earlier - own for earlier, later, own in parts)))

    def _read(self) -> tuple[float, float, float, float]:
        there, wal = self._there()
        return 1e6 * time.process_time(), 1e6 * there, 1e6 * time.perf_counter(), wal

    def _there(self) -> tuple[float, float]:
        if self._database.path is not None:
            return 0.0, 0.0
        with self._database.reading() as connection:
            query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            pids = [int(pid) for pid in connection.scalars(text(query))]
            wal = connection.scalar(text("SELECT pg_current_wal_insert_lsn() - '0/0'"))
        return sum(map(_processor_seconds, pids)), float(wal or 0)


def _processor_seconds(pid: int) -> float:
    """As Linux's scheduler tells; 0 where it does not."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def main(
    url: Annotated[str | None, typer.Argument(help="An empty database.")] = None,
    jobs: Annotated[int, typer.Option(help="Jobs beside them that are not due.")] = 10_000,
) -> None:
    """Measure ticks and settlements of several sizes."""
    with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder:
        url = url or f"sqlite:///{Path(folder, 'orario.db')}"
        clock = ManualClock(datetime.now(UTC))
        database = Database(url)
        runtime = Runtime(Settings(database_url=url), [app], clock=clock, database=database, executor=Instant)
        runtime.prepare()
        _create(runtime, jobs, 1000 * _HOUR)
        moments = _spread(runtime, clock)
        ticks: dict[int, list[Cost]] = {size: [] for size in _SIZES}
        settlements: dict[int, list[Cost]] = {size: [] for size in _SIZES}
        asyncio.run(_rounds(runtime, clock, moments, ticks, settlements))
        database.close()
    _tell("tick", ticks)
    _tell("settlement", settlements)


def _spread(runtime: Runtime, clock: ManualClock) -> list[tuple[datetime, int]]:
    """Groups of jobs, each due at another moment of the hour."""
    moments = []
    for size in _SIZES * _REPEATS:
        clock.advance(timedelta(seconds=60))
        moments.append((clock.now(), size))
        _create(runtime, size, _HOUR)
    return moments


def _create(runtime: Runtime, count: int, every: int) -> None:
    rule = {"taskFunctionId": runtime.services.tasks.get("bench.noop").id, "jobTypeId": 1}
    document = {**rule, "scheduleConfig": {"seconds": every}}
    documents = [JobDocument.model_validate({"name": f"Job {number}", **document}) for number in range(count)]
    runtime.services.jobs.create_many(documents, SYSTEM)


async def _rounds(
    runtime: Runtime,
    clock: ManualClock,
    moments: list[tuple[datetime, int]],
    ticks: dict[int, list[Cost]],
    settlements: dict[int, list[Cost]],
) -> None:
    engine, meter = runtime.engine, Meter(runtime.database)
    await engine.enter()
    for hours in (1, 2, 3):
        for created, size in moments:
            due = created + timedelta(hours=hours)
            clock.advance(due - clock.now())
            warm: list[Cost] = []  # the first time decodes the jobs
            with meter.measured(warm if hours == 1 else ticks[size]):
                await engine.ticker.turn()
            with meter.measured(warm if hours == 1 else settlements[size]):
                await engine.settler.turn()


def _tell(what: str, costs: dict[int, list[Cost]]) -> None:
    parts: dict[str, Callable[[Cost], float]] = {
        "here": lambda one: one.here,
        "in the database": lambda one: one.there,
        "by the wall": lambda one: one.wall,
        "bytes of log": lambda one: one.wal,
    }
    for name, part in parts.items():
        middle = [median(map(part, costs[size])) for size in _SIZES]
        slope, intercept = linear_regression(_SIZES, middle)
        each = ", ".join(f"{size}: {value:,.0f}" for size, value in zip(_SIZES, middle, strict=True))
        print(f"{what}, {name}: {intercept:,.0f} and {slope:,.1f} for each job due   ({each})")


if __name__ == "__main__":
    typer.run(main)
