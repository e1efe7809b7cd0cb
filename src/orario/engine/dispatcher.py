"""Hands claimed executions to the executor, as there is room."""

from asyncio import Lock
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.core.errors import Fenced
from orario.core.task import HERE, Mode
from orario.engine.claiming import Claiming, Claims
from orario.engine.executor import Executor, Work
from orario.engine.identity import Identity
from orario.engine.telling import Telling
from orario.store import executions
from orario.store.database import Database

LONGEST_SLEEP = 1.0
_OVERLAPS_SHARE = 20  # a long line takes long to look through: only one part in so many of the time
Look = Callable[[Connection, dict[Mode, int]], Claims]


@dataclass
class Dispatcher:
    """The claim, the limits it respects and the lease it takes are one transaction."""

    database: Database
    identity: Identity
    clock: Clock
    claiming: Claiming
    executor: Executor
    telling: Telling
    freshness: float = 1.0  # seconds for which a claim may be trusted without another look
    on_fenced: Callable[[], None] = lambda: None
    on_stop_asked: Callable[[], None] = lambda: None
    on_turned_away: Callable[[], None] = lambda: None
    carrying: dict[UUID, Work] = field(default_factory=dict)  # by token
    draining: bool = False
    is_blocked: bool = False  # something may be waiting for an attempt to end
    giving: Lock = field(default_factory=Lock)  # what room there is can be given away only once
    _overlaps_at: float = -1e9  # by the monotonic clock

    async def turn(self) -> float:
        """Claim and hand over as much as there is room for; the seconds until the next look."""
        if self.draining:
            return LONGEST_SLEEP
        try:
            return await self._claim_all()
        except Fenced:
            self.on_fenced()
            return LONGEST_SLEEP

    async def _claim_all(self) -> float:
        found = await self._do(self.claiming.claim)
        began = self.clock.monotonic()
        if found.is_blocked and began >= self._overlaps_at:
            await self._do(self.claiming.heed_overlaps)
            self._overlaps_at = began + (self.clock.monotonic() - began) * _OVERLAPS_SHARE
        return 0.0 if found.more else self._sleep(found.next_due)

    async def _do(self, look: Look) -> Claims:
        async with self.giving:
            since = self.clock.monotonic()
            found = await self.database.transact(look, self.room())
            await self.accept(found, since)
        return found

    def room(self) -> dict[Mode, int]:
        """How many more attempts the executor can take now; none while draining."""
        return {mode: 0 if self.draining else self.executor.room(mode) for mode in HERE}

    async def accept(self, found: Claims, since: float) -> None:
        """Hand over what was claimed in a transaction that began at `since`, by the monotonic clock."""
        if self.clock.monotonic() - since > self.freshness:
            found.works = await self._still_ours(found.works)
        self._hand_over(found.works)
        self.telling.tally.started(found.works, self.clock.now())
        self.is_blocked = found.is_blocked or found.more
        if found.asked_to_stop:
            self.on_stop_asked()
        if found.turned_away:
            self.telling.rouse()
            self.on_turned_away()

    async def _still_ours(self, works: list[Work]) -> list[Work]:
        """This process was held up after its claim, long enough to be taken for dead: look before starting."""
        ours = await self.database.fetch(executions.tokens_of, self.identity.id)
        return [work for work in works if work.token in ours]

    @property
    def places(self) -> int:
        """How many more attempts could start, if they were of the common kind: ticks keep pace with it."""
        return min(self.executor.room(Mode.LOOP), self.claiming.default_width - len(self.carrying))

    def settled(self, tokens: list[UUID]) -> None:
        """These attempts have ended and are no longer carried."""
        for token in tokens:
            self.carrying.pop(token, None)

    def _hand_over(self, works: list[Work]) -> None:
        if works:
            self.carrying.update((work.token, work) for work in works)
            self.executor.carry(works)

    def _sleep(self, next_due: datetime | None) -> float:
        if next_due is None:
            return LONGEST_SLEEP
        return min(max((next_due - self.clock.now()).total_seconds(), 0.0), LONGEST_SLEEP)
