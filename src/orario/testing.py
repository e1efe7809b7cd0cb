"""Harness: a whole Orario on a temporary database with a clock that the test holds."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast
from uuid import UUID

from orario.app import App
from orario.core.clock import ManualClock
from orario.core.durations import Duration, duration
from orario.core.execution import Execution, Trigger
from orario.core.job import Cursor, Job
from orario.core.planning import Gap
from orario.executors.inline import InlineExecutor
from orario.runtime import Carrier, Runtime
from orario.service.actors import Actor, Role
from orario.settings import Settings
from orario.store import claims, cursors, executions, gaps, jobs
from orario.store.database import Database
from orario.store.tables import executions as executions_table

__all__ = ["Harness", "ManualClock"]

TESTER = Actor(None, "tester", Role.ADMIN)
_START = datetime(2026, 1, 1, tzinfo=UTC)
_Answer = TypeVar("_Answer")


class HeldExecutor(Carrier, Protocol):
    """An executor in which nothing happens unless the test says so."""

    async def run(self) -> int:
        """Do what can be done now; how many attempts have ended by it."""

    def forget(self) -> None:
        """Drop all that is under way, as a crash does."""


class Harness:
    """Everything `orario serve` runs, in the test's own thread; nothing happens unless the test says so.

        with Harness(app) as harness:
            fired = harness.advance("1d")
            assert [execution.state for execution in fired] == [State.SUCCESS]
            harness.check_ledger("close_the_day")

    `settings` are those of Orario, by name. Tasks run inline, one after the other, at the moment they are due,
    unless the test brings an `executor` of its own.

    It keeps everything in a temporary SQLite file, or in the database at `database_url`, which should be empty and
    is not emptied afterwards.
    """

    def __init__(
        self,
        *apps: App,
        start: datetime = _START,
        database_url: str | None = None,
        executor: Callable[..., HeldExecutor] = InlineExecutor,
        **settings: Any,
    ) -> None:
        self._folder = TemporaryDirectory(prefix="orario-")
        self._url = database_url or f"sqlite:///{Path(self._folder.name, 'orario.db')}"
        self._apps = apps
        self._executor = executor
        self._settings = Settings(**{"database_url": self._url, "key": "of a test", **settings})
        self._loop = asyncio.new_event_loop()
        self.clock = ManualClock(start)
        self.runtime = self._boot()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What happens

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: Duration) -> list[Execution]:
        """Let time pass, stopping at every moment at which something is due; the executions that ended meanwhile."""
        until = self.now + duration(by)
        since = self.now
        before = {one.id for one in self._ended_since(since)}  # of this very moment, or of a clock set back
        while (moment := self._next_moment()) is not None and moment <= until:
            self.clock.advance(max(moment - self.now, timedelta(0)))
            self.run_due()
        self.clock.advance(max(until - self.now, timedelta(0)))
        self.run_due()
        return [one for one in self._ended_since(since) if one.state.is_final and one.id not in before]

    def run_due(self) -> int:
        """Tick, claim, perform and settle until nothing more is due now; how many attempts were made."""
        return self._do(self._run_due())

    def trigger(self, job: str, **args: Any) -> Execution:
        """Run a job now, with other arguments if any are given; the execution, ended."""
        opened = self.services.jobs.trigger(job, TESTER, args or None)
        self.run_due()
        found: Execution = self.services.executions.get(opened.id)
        return found

    def set_clock(self, by: timedelta) -> None:
        """Set the wall clock forward or back, as an operator does; no time passes."""
        self.clock.step(by)

    def restart(self, down: Duration = 0) -> None:
        """Stop cleanly, stay away for a while, start again on the same database."""
        self._do(self._leave())
        self.runtime.close_apps()
        self._come_back(duration(down))

    def crash(self, down: Duration = 0) -> None:
        """Die as by kill -9, stay away for a while, start again: the new instance has to find out."""
        self.executor.forget()
        self._come_back(duration(down))

    # What is there

    @property
    def services(self) -> Any:
        return self.runtime.services

    @property
    def executor(self) -> HeldExecutor:
        return cast(HeldExecutor, self.runtime.executor)  # what `_boot` gave it

    def job(self, ref: str | UUID) -> Job:
        """A job, by slug or id."""
        with self.runtime.database.reading() as connection:
            found = jobs.get(connection, ref) if isinstance(ref, UUID) else jobs.find_by_slug(connection, ref)
        assert found is not None, f"there is no job {ref}"
        return found

    def cursor(self, ref: str | UUID) -> Cursor:
        """Where a job stands."""
        with self.runtime.database.reading() as connection:
            return cursors.get(connection, [self.job(ref).id])[self.job(ref).id]

    def executions(self, ref: str | UUID | None = None) -> list[Execution]:
        """All executions, or those of one job, in the order of their due moments."""
        query = executions_table.select().order_by(executions_table.c.scheduled_for, executions_table.c.id)
        if ref is not None:
            query = query.where(executions_table.c.job_id == self.job(ref).id)
        with self.runtime.database.reading() as connection:
            return [executions.from_row(row) for row in connection.execute(query)]

    def gaps(self, ref: str | UUID) -> list[Gap]:
        """The stretches in which a job's moments did not become executions, oldest first."""
        with self.runtime.database.reading() as connection:
            return gaps.of_job(connection, self.job(ref).id, limit=1_000_000)[::-1]

    def check_ledger(self, ref: str | UUID) -> None:
        """Assert that every due moment of a job, since it was created, ended as exactly one thing.

        For a job whose rule of time was not edited and whose clock was not set back.
        """
        job, cursor = self.job(ref), self.cursor(ref)
        since = getattr(job.schedule, "anchor", None) or job.created_at
        due = job.timetable({}).count(since, cursor.position)
        ran = [one for one in self.executions(ref) if one.trigger in (Trigger.SCHEDULER, Trigger.BACKFILL)]
        missed = sum(gap.count for gap in self.gaps(ref) if gap.reason != "excluded")
        assert len({one.scheduled_for for one in ran}) == len(ran), f"{job.slug}: a moment ran twice"
        assert len(ran) + missed == due, f"{job.slug}: {due} were due, {len(ran)} ran, {missed} are in gaps"

    def close(self) -> None:
        """Drop everything."""
        self.runtime.close_apps()
        self.runtime.database.close()
        self._loop.close()
        self._folder.cleanup()

    # How it is done

    def _boot(self) -> Runtime:
        database = Database(self._url, durable=False)
        executor = partial(self._executor, loop=self._loop)
        runtime = Runtime(self._settings, self._apps, clock=self.clock, database=database, executor=executor)
        runtime.prepare()
        runtime.executor.start()
        runtime.open_apps()
        self._do(runtime.engine.enter())
        return runtime

    async def _leave(self) -> None:
        await self.executor.drain(timedelta(0))
        await self.runtime.engine.leave()

    def _come_back(self, down: timedelta) -> None:
        self.runtime.database.close()
        self.clock.advance(down)
        self.runtime = self._boot()
        while not self.runtime.engine.leader.leads:
            self.clock.advance(timedelta(seconds=self.runtime.engine.leader.look_every))
            self._do(self.runtime.engine.leader.turn())
        self.run_due()

    async def _run_due(self) -> int:
        engine, attempts = self.runtime.engine, 0
        await engine.upkeep.turn()
        await engine.settler.turn()  # what has ended already stands in nobody's way
        while True:
            ticked = await engine.ticker.turn()
            dispatched = await engine.dispatcher.turn()
            await engine.heartbeat.heed_cancels()
            ran = await self.executor.run()
            await engine.settler.turn()
            attempts += ran
            if not ran and ticked > 0 and dispatched > 0:
                return attempts

    def _next_moment(self) -> datetime | None:
        with self.runtime.database.reading() as connection:
            moments = (
                cursors.earliest(connection),
                claims.next_due(connection, self.now),
                jobs.next_pause_end(connection),
            )
        coming = [moment for moment in moments if moment is not None]
        return max(min(coming), self.now) if coming else None

    def _ended_since(self, since: datetime) -> list[Execution]:
        table = executions_table.c
        query = executions_table.select().where(table.finished_at >= since).order_by(table.scheduled_for, table.id)
        with self.runtime.database.reading() as connection:
            return [executions.from_row(row) for row in connection.execute(query)]

    def _do(self, work: Coroutine[Any, Any, _Answer]) -> _Answer:
        return self._loop.run_until_complete(work)
