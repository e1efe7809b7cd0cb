"""GateExecutor: keeps every attempt running until the test says how it ends."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from orario.core.clock import Clock
from orario.core.execution import Ending, Outcome
from orario.core.task import Mode
from orario.engine.executor import Report, Work
from orario.engine.inbox import Inbox
from orario.service.services import Services
from orario.settings import Settings
from orario.store.vault import Vault


class GateExecutor:
    """For a Harness: nothing ends by itself. `settings.coroutines` is all the room there is, whatever the mode."""

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
        self._inbox, self._clock, self._loop, self._room = inbox, clock, loop, settings.coroutines
        self.underway: dict[UUID, Work] = {}  # by execution
        self.asked: set[UUID] = set()  # executions that were told to stop
        self.started: list[Work] = []  # all there ever were
        self._ended = 0

    def start(self) -> None:
        """There is nothing to start."""

    def stop(self) -> None:
        """There is nothing to stop."""

    def complete(self, awaitable: Awaitable[object], patience: float | None = None) -> None:
        async def awaited() -> None:
            await awaitable

        self._loop.run_until_complete(awaited())

    def room(self, mode: Mode) -> int:
        return max(0, self._room - len(self.underway))

    def carry(self, works: Sequence[Work]) -> None:
        self.started.extend(works)
        self.underway.update((work.execution_id, work) for work in works)

    def cancel(self, tokens: Iterable[UUID], reason: str) -> None:
        wanted = set(tokens)
        self.asked |= {id for id, work in self.underway.items() if work.token in wanted}

    def abandon(self, tokens: Iterable[UUID]) -> None:
        gone = set(tokens)
        self.underway = {id: work for id, work in self.underway.items() if work.token not in gone}

    async def drain(self, grace: timedelta) -> None:
        for id in list(self.underway):
            self.end(id, Ending.CANCELLED if id in self.asked else Ending.LOST)

    async def run(self) -> int:
        ended, self._ended = self._ended, 0
        return ended

    def forget(self) -> None:
        self.underway.clear()
        self.asked.clear()

    def end(self, execution_id: UUID, ending: Ending, *, may_retry: bool = True) -> None:
        """Let the attempt of this execution end so."""
        work = self.underway.pop(execution_id)
        self.asked.discard(execution_id)
        self._ended += 1
        self._inbox.report(Report(work, Outcome(ending, may_retry=may_retry), self._clock.now()))
