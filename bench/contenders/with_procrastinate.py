"""Procrastinate with an asyncio worker: twenty tasks at once, over as many connections."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from procrastinate import App, PsycopgConnector

from bench.contenders import Contender, GaveUp, Start
from bench.contenders.databases import Counter, fresh
from bench.contenders.looped import LoopThread

_AT_ONCE = 20
_LOOKS_EVERY = 0.02  # by default 5 s: nothing tells a worker that a moment has come
_CHUNK = 1_000
_CALLS: list[tuple[int, float, float]] = []


async def stamp(number: int, due: float) -> None:
    _CALLS.append((number, due, time.time()))


class Procrastinate(Contender):
    """Its periodic tasks know no parts of a second: every moment is a task of its own, deferred to it beforehand.

    Recorded: the task's row says that it succeeded.
    """

    is_durable: ClassVar[bool] = True
    seconds_each: ClassVar[float] = 2e-4

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
        deadline = time.monotonic() + patience
        moments = [(number, first + nth * every) for nth in range(times) for number, first in enumerate(firsts)]
        for done in range(0, len(moments), _CHUNK):
            if time.monotonic() > deadline:
                raise GaveUp(f"gave up after {patience:.0f} s, with {done:,} registered")
            self._thread.run(self._defer(moments[done : done + _CHUNK]))

    async def _defer(self, moments: Sequence[tuple[int, float]]) -> None:
        """As `batch_defer_async` does, which knows one moment for all."""
        jobs = [
            self._task.configure(schedule_at=datetime.fromtimestamp(due, UTC)).make_new_job(number=number, due=due)
            for number, due in moments
        ]
        await self._app.job_manager.batch_defer_jobs_async(jobs)

    def start(self) -> None:
        working = self._app.run_worker_async(
            concurrency=_AT_ONCE, fetch_job_polling_interval=_LOOKS_EVERY, install_signal_handlers=False
        )
        asyncio.run_coroutine_threadsafe(working, self._thread.loop)

    def starts(self) -> list[Start]:
        return [(str(number), due, started) for number, due, started in list(_CALLS)]

    def started(self) -> int:
        return len(_CALLS)

    def recorded(self) -> int:
        return self._succeeded.read()

    def stop(self) -> None:
        """The end of the process ends it: what it was made for is over."""
