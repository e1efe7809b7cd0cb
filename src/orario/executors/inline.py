"""InlineExecutor: carries attempts one after the other, on the caller's own loop, when told to."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from orario.core.clock import Clock
from orario.core.execution import Ending
from orario.core.task import Mode
from orario.engine.executor import Work
from orario.engine.inbox import Inbox
from orario.executors import capture
from orario.executors.calling import in_thread, on_loop
from orario.executors.judging import SHUTDOWN, Stop
from orario.executors.means import Means
from orario.executors.perform import Performance
from orario.service.services import Services
from orario.settings import Settings
from orario.store.vault import Vault

_ROOM = 1_000_000


class InlineExecutor:
    """For tests that hold the clock. Every function runs here, those of threads and processes too; no time-out
    ends them, for no time passes while they run."""

    def __init__(
        self,
        inbox: Inbox,
        vault: Vault,
        clock: Clock,
        settings: Settings,
        services: Services | None = None,
        *,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._loop = loop
        self._means: Means[Performance] = Means(
            inbox=inbox,
            vault=vault,
            clock=clock,
            settings=settings,
            services=services,
            disarm=lambda performance: None,
            on_loop=lambda function: function(),
        )
        self._waiting: deque[Performance] = deque()

    def start(self) -> None:
        """Take what tasks write with `logging` into their executions' logs, as the real executor does."""
        capture.install()

    def stop(self) -> None:
        """There is nothing to stop."""

    def complete(self, awaitable: Awaitable[object], patience: float | None = None) -> None:
        self._loop.run_until_complete(_awaited(awaitable))

    def room(self, mode: Mode) -> int:
        return _ROOM

    def carry(self, works: Sequence[Work]) -> None:
        fresh = [Performance(work, self._means) for work in works]
        self._means.underway.update((one.work.token, one) for one in fresh)
        self._waiting.extend(fresh)

    def cancel(self, tokens: Iterable[UUID], reason: str) -> None:
        for token in tokens:
            if (found := self._means.underway.get(token)) is not None:
                found.ask(Stop(Ending.CANCELLED, reason))

    def abandon(self, tokens: Iterable[UUID]) -> None:
        for token in tokens:
            self._means.underway.pop(token, None)

    async def drain(self, grace: timedelta) -> None:
        for one in self._means.underway.values():
            one.ask(SHUTDOWN)
        await self.run()

    async def run(self) -> int:
        """Perform all that waits; how many attempts that were."""
        count = 0
        while self._waiting:
            one = self._waiting.popleft()
            if one.work.token in self._means.underway:
                count += 1
                self._means.slots.take(one.work.task.mode)
                await self._perform(one)
        return count

    def forget(self) -> None:
        """Drop all that waits, as a crash does."""
        self._waiting.clear()
        self._means.underway.clear()

    async def _perform(self, one: Performance) -> None:
        if one.work.task.mode is Mode.LOOP:
            await asyncio.create_task(on_loop(one))  # in a context of its own, as a thread has
        else:
            in_thread(one)


async def _awaited(awaitable: Awaitable[object]) -> None:
    await awaitable
