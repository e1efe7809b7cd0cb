"""APScheduler 3 with its asyncio scheduler: jobs in memory, or in its SQLAlchemy store."""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from apscheduler.events import EVENT_JOB_EXECUTED  # type: ignore[import-untyped]
from apscheduler.jobstores.memory import MemoryJobStore  # type: ignore[import-untyped]
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]
from sqlalchemy import create_engine, event, make_url

from bench.contenders import Contender, GaveUp, Start
from bench.contenders.databases import fresh
from bench.contenders.looped import LoopThread

_CALLS: list[tuple[str, float]] = []


async def stamp(name: str) -> None:
    _CALLS.append((name, time.time()))


class _ApScheduler(Contender):
    """Jobs of an interval, `async def`, everything else as APScheduler has it by default."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        logging.getLogger("apscheduler").setLevel(
            logging.CRITICAL
        )  # a warning for each missed run would cost it time
        self._ended: list[tuple[str, datetime]] = []
        self._thread = LoopThread()
        self._scheduler: Any = AsyncIOScheduler(
            jobstores={"default": self._store()}, timezone="UTC", event_loop=self._thread.loop
        )
        self._scheduler.add_listener(self._on_executed, EVENT_JOB_EXECUTED)
        self._thread.call(lambda: self._scheduler.start(paused=True))

    def _store(self) -> Any:
        raise NotImplementedError

    def _on_executed(self, event: Any) -> None:
        self._ended.append((event.job_id, event.scheduled_run_time))

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        deadline = time.monotonic() + patience
        # Told once to run whatever the delay, where only one moment counts; else as it is by default: 1 s.
        options: dict[str, Any] = {"misfire_grace_time": None} if times == 1 else {}
        for number, first in enumerate(firsts):
            name = f"every {every:g} s, {number}"
            begin = datetime.fromtimestamp(first, UTC)
            self._scheduler.add_job(
                stamp, "interval", seconds=every, start_date=begin, args=[name], id=name, **options
            )
            if number % 100 == 0 and time.monotonic() > deadline:
                raise GaveUp(f"gave up after {patience:.0f} s, with {number:,} registered")

    def start(self) -> None:
        self._thread.call(self._scheduler.resume)

    def starts(self) -> list[Start]:
        """A job runs once at a time, so its n-th call is of the n-th moment that it tells to have run."""
        due: dict[str, list[float]] = defaultdict(list)
        for name, moment in list(self._ended):
            due[name].append(moment.timestamp())
        walks = {name: iter(moments) for name, moments in due.items()}
        calls = [(name, next(walks.get(name, iter(())), None), started) for name, started in list(_CALLS)]
        return [(name, moment, started) for name, moment, started in calls if moment is not None]

    def started(self) -> int:
        return len(_CALLS)

    def recorded(self) -> int:
        return len(self._ended)

    def stop(self) -> None:
        self._thread.call(lambda: self._scheduler.shutdown(wait=False))


class InMemory(_ApScheduler):
    """Recorded: its listener has heard that the run has ended."""

    is_durable: ClassVar[bool] = False
    seconds_each: ClassVar[float] = 1e-4

    def _store(self) -> Any:
        return MemoryJobStore()


class _Stored(_ApScheduler):
    """Recorded: the job's next moment is in its store, and its listener has heard that the run has ended."""

    is_durable: ClassVar[bool] = True
    seconds_each: ClassVar[float] = 1e-3
    careful: ClassVar[str]  # what a database does by default: wait for the disk
    careless: ClassVar[str]

    def _url(self) -> str:
        raise NotImplementedError

    def _store(self) -> Any:
        self._setting = self.careful
        self._engine = create_engine(self._url())

        @event.listens_for(self._engine, "connect")
        def prepare(connection: Any, _: object) -> None:
            connection.cursor().execute(self._setting)
            connection.commit()

        return SQLAlchemyJobStore(engine=self._engine)

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        if hurried:
            self._reopen(self.careless)
        super().register(firsts, every, times, patience=patience, hurried=hurried)
        if hurried:
            self._reopen(self.careful)

    def _reopen(self, setting: str) -> None:
        self._setting = setting
        self._engine.dispose()


class OnSqlite(_Stored):
    """In a file."""

    careful: ClassVar[str] = "PRAGMA synchronous = FULL"
    careless: ClassVar[str] = "PRAGMA synchronous = OFF"

    def _url(self) -> str:
        return f"sqlite:///{self.folder / 'jobs.db'}"


class OnPostgresql(_Stored):
    """In a database."""

    careful: ClassVar[str] = "SET synchronous_commit = on"
    careless: ClassVar[str] = "SET synchronous_commit = off"

    def _url(self) -> str:
        return make_url(fresh()).set(drivername="postgresql+psycopg").render_as_string()
