"""Starts, on a Celery worker, what the messages that reach it name."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from orario.core.clock import Clock
from orario.core.errors import Fenced
from orario.core.task import HERE, Mode
from orario.engine.dispatcher import Dispatcher
from orario.engine.handing import Answering
from orario.store import handovers
from orario.store.database import Database
from orario.store.handovers import Parcel

log = logging.getLogger("orario.engine")

LONGEST_SLEEP = 1.0
_SHORT_SLEEP = 0.1
_PATIENCE = 0.5  # seconds for which several that were sent together may wait for room here
_LOOK_AT = 50  # messages at least


@dataclass
class Ticket:
    """A message: what of it waits, since when by the monotonic clock, and who waits to hear that nothing does."""

    parcels: list[Parcel]
    since: float
    is_bundle: bool
    answered: "Future[None]" = field(default_factory=Future)


@dataclass
class Porter:
    """Many messages share one transaction. Once their claims are committed, the messages are worth nothing."""

    database: Database
    clock: Clock
    answering: Answering
    dispatcher: Dispatcher
    limit: int  # attempts at once
    on_brought: Callable[[], None] = lambda: None
    draining: bool = False
    _tickets: deque[Ticket] = field(default_factory=deque)
    _told: set[str] = field(default_factory=set)
    _has_more: bool = False  # that was not looked at, and for which there may be room

    def bring(self, parcels: Sequence[Parcel]) -> "Future[None]":
        """A message has come; from any thread."""
        ticket = Ticket(list(parcels), self.clock.monotonic(), len(parcels) > 1)
        self._tickets.append(ticket)
        self.on_brought()
        return ticket.answered

    async def turn(self) -> float:
        """Answer what has come, as far as there is room; `settled` wakes us when there is more."""
        if not self._tickets:
            return LONGEST_SLEEP
        tickets = [self._tickets.popleft() for _ in range(len(self._tickets))]
        self._has_more = False
        try:
            kept = await self._answer(tickets)
        except Fenced:  # the others have given this worker up; it is born again with its next beat
            self._tickets.extendleft(reversed(tickets))
            self.dispatcher.on_fenced()
            return _SHORT_SLEEP
        except BaseException:
            self._tickets.extendleft(reversed(tickets))  # a database that is away costs no message
            raise
        for one in tickets:
            one.parcels = [parcel for parcel in one.parcels if parcel in kept]
        waiting = [one for one in tickets if one.parcels]
        has_news = bool(self._tickets) or self._has_more
        self._tickets.extendleft(reversed(waiting))
        for one in (one for one in tickets if not one.parcels):
            one.answered.set_result(None)
        if has_news and self._places > 0:
            return 0.0
        return _SHORT_SLEEP if any(one.is_bundle for one in waiting) else LONGEST_SLEEP

    @property
    def _places(self) -> int:
        return self.limit - len(self.dispatcher.carrying)

    async def _answer(self, tickets: Sequence[Ticket]) -> set[Parcel]:
        """Start what there is room for; what has to wait."""
        parcels = [parcel for one in tickets for parcel in one.parcels]
        if self.draining:  # this worker starts nothing any more
            await self._give_back(parcels)
            return set()
        kept = set(parcels) if self._places <= 0 else await self._start(parcels, self._places)
        late = kept & {parcel for one in tickets if self._is_late(one) for parcel in one.parcels}
        if late:
            await self._give_back(late)
        return kept - late

    def _is_late(self, one: Ticket) -> bool:
        """What was sent together may keep this worker busy for long while others have nothing to do."""
        return one.is_bundle and self.clock.monotonic() - one.since > _PATIENCE

    async def _start(self, parcels: Iterable[Parcel], places: int) -> set[Parcel]:
        """Claim, and hand over to the executor; what has to wait."""
        dispatcher = self.dispatcher
        fresh = list(dict.fromkeys(one for one in parcels if one.token not in dispatcher.carrying))
        looked_at = fresh[: max(2 * places, _LOOK_AT)]
        if not fresh:
            return set()
        async with dispatcher.giving:
            since = self.clock.monotonic()
            room: dict[Mode, int] = {mode: dispatcher.executor.room(mode) for mode in HERE}
            found = await self.database.transact(self.answering.answer, looked_at, room, places)
            await dispatcher.accept(found.claims, since)
        for task in found.unknown - self._told:
            log.error("this worker does not have the task %s: it needs the same ORARIO_APPS as the servers", task)
            self._told.add(task)
        unseen = fresh[len(looked_at) :]
        self._has_more = bool(unseen) and not found.kept
        return {*found.kept, *unseen}

    async def _give_back(self, parcels: Iterable[Parcel]) -> None:
        """Others may start these: they are sent again at once."""
        await self.database.transact(handovers.take_back, {one.token for one in parcels})
