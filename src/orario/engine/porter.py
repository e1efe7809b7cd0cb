"""Starts, on a Celery worker, what the messages that reach it name."""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple

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


class Ticket(NamedTuple):
    """A message, and who waits to hear that the database knows all that it said."""

    parcel: Parcel
    answered: "Future[None]"


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

    def bring(self, parcel: Parcel) -> "Future[None]":
        """A message has come; from any thread."""
        ticket = Ticket(parcel, Future())
        self._tickets.append(ticket)
        self.on_brought()
        return ticket.answered

    async def turn(self) -> float:
        """Answer what has come, as far as there is room; `settled` wakes us when there is more."""
        places = self.limit - len(self.dispatcher.carrying)
        if not self._tickets or (places <= 0 and not self.draining):
            return LONGEST_SLEEP
        tickets = [self._tickets.popleft() for _ in range(len(self._tickets))]
        try:
            kept = await (self._give_back(tickets) if self.draining else self._answer(tickets, places))
        except Fenced:  # the others have given this worker up; it is born again with its next beat
            self._tickets.extendleft(reversed(tickets))
            self.dispatcher.on_fenced()
            return _SHORT_SLEEP
        except BaseException:
            self._tickets.extendleft(reversed(tickets))  # a database that is away costs no message
            raise
        waiting = [one for one in tickets if one.parcel in kept]
        self._tickets.extendleft(reversed(waiting))
        for one in (one for one in tickets if one.parcel not in kept):
            one.answered.set_result(None)
        return LONGEST_SLEEP if waiting or not self._tickets else 0.0

    async def _answer(self, tickets: Iterable[Ticket], places: int) -> set[Parcel]:
        """Claim and start; what has to wait for room."""
        dispatcher = self.dispatcher
        fresh = list(dict.fromkeys(one.parcel for one in tickets if one.parcel.token not in dispatcher.carrying))
        if not fresh:
            return set()
        async with dispatcher.giving:
            since = self.clock.monotonic()
            room: dict[Mode, int] = {mode: dispatcher.executor.room(mode) for mode in HERE}
            found = await self.database.transact(self.answering.answer, fresh, room, places)
            await dispatcher.accept(found.claims, since)
        for task in found.unknown - self._told:
            log.error("this worker does not have the task %s: it needs the same ORARIO_APPS as the servers", task)
            self._told.add(task)
        return set(found.kept)

    async def _give_back(self, tickets: Iterable[Ticket]) -> set[Parcel]:
        """This worker starts nothing any more: the messages are sent again at once, to others."""
        await self.database.transact(handovers.take_back, {one.parcel.token for one in tickets})
        return set()
