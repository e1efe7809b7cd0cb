"""Procrastinate with an asyncio worker: by its defaults, and with twenty tasks at once over as many connections."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from procrastinate import App, PsycopgConnector

from bench.contenders.beforehand import Beforehand, Moment, in_chunks, note
from bench.contenders.databases import Counter, fresh
from bench.contenders.looped import LoopThread

_AT_ONCE = 20


async def stamp(number: int, due: float) -> None:
    note(number, due)


class Procrastinate(Beforehand):
    """Its periodic tasks know no parts of a second: every moment is a task of its own, deferred to it beforehand.

    Recorded: the task's row says that it succeeded.
    """

    is_durable: ClassVar[bool] = True
    seconds_each: ClassVar[float] = 2e-4
    worker: ClassVar[dict[str, Any]] = {}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        url = fresh()
        self._thread = LoopThread()
        self._app = App(connector=PsycopgConnector(conninfo=url, min_size=_AT_ONCE, max_size=_AT_ONCE))
        self._task = self._app.task(name="stamp")(stamp)
        self._thread.run(self._open())
        self._succeeded = Counter(url, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'")

    async def _open(self) -> None:
        await self._app.open_async()
        await self._app.schema_manager.apply_schema_async()

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        for some in in_chunks(firsts, every, times, patience):
            self._thread.run(self._defer(some))

    async def _defer(self, moments: Sequence[Moment]) -> None:
        """As `batch_defer_async` does, which knows one moment for all."""
        jobs = [
            self._task.configure(schedule_at=datetime.fromtimestamp(due, UTC)).make_new_job(number=number, due=due)
            for number, due in moments
        ]
        await self._app.job_manager.batch_defer_jobs_async(jobs)

    def start(self) -> None:
        working = self._app.run_worker_async(install_signal_handlers=False, **self.worker)
        asyncio.run_coroutine_threadsafe(working, self._thread.loop)

    def recorded(self) -> int:
        return self._succeeded.read()

    def stop(self) -> None:
        """The end of the process ends it: what it was made for is over."""


class Tuned(Procrastinate):
    """It may do much at once, and need not wait for its next look: nothing tells a worker that a moment has come."""

    worker: ClassVar[dict[str, Any]] = {"concurrency": _AT_ONCE, "fetch_job_polling_interval": 0.02}
