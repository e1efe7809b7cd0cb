"""Hands over to Celery's workers, and over again what was lost on the way. Runs on the leader."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import attrgetter

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.core.errors import Fenced
from orario.engine.bundling import bundle
from orario.engine.claiming import Claims
from orario.engine.handing import Handing
from orario.engine.identity import Identity
from orario.engine.leader import Leader
from orario.engine.post import Post
from orario.engine.telling import Telling
from orario.store import claims, handovers, leases, queues
from orario.store.database import Database
from orario.store.handovers import Parcel

log = logging.getLogger("orario.engine")

LONGEST_SLEEP = 1.0
_LOOK_EVERY = 0.1  # seconds; who makes room is another process
_RETREAT = 2.0
_AT_ONCE = 1000
_OVERLAPS_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one look has found."""

    queues: list[str]
    has_waiting: bool
    next_due: datetime | None


@dataclass
class Postman:
    """What is to be sent is committed first, and marked as sent afterwards: a crash between costs a second message
    under the same token, of which only one can start the attempt."""

    database: Database
    identity: Identity
    leader: Leader
    clock: Clock
    handing: Handing
    telling: Telling
    post: Post
    lost_after: timedelta
    trouble: str | None = None
    sent: int = 0
    _looked_for_lost: float = field(default=-1e9)
    _looked_for_overlaps: float = field(default=-1e9)

    async def turn(self) -> float:
        """Hand over what there is room for; the seconds until the next look."""
        if not self.leader.leads:
            return LONGEST_SLEEP
        found = await self.database.fetch(self._look)
        if not found.queues:
            return LONGEST_SLEEP
        try:
            if found.has_waiting:
                await self._hand_over()
            before = self.sent
            is_done = await self._send(found.queues)
            await self._look_for_lost(found.queues)
        except Fenced:
            self.leader.lost()
            return LONGEST_SLEEP
        if not is_done:
            return _RETREAT
        return self._sleep(found.next_due) if self.sent == before else 0.0

    def _look(self, connection: Connection) -> Round:
        """A glance that writes nothing and keeps nobody waiting."""
        names, now = queues.carried_by(connection, queues.CELERY), self.clock.now()
        if not names:
            return Round([], False, None)
        return Round(names, handovers.wait(connection, names, now), claims.next_due(connection, now))

    async def _hand_over(self) -> None:
        found = await self.database.transact(self._write)
        if found.is_blocked and self._is_time("_looked_for_overlaps", _OVERLAPS_EVERY):
            found = await self.database.transact(self._heed_overlaps)
        if found.turned_away:
            self.telling.rouse()

    def _write(self, connection: Connection) -> Claims:
        self._prove(connection)
        return self.handing.hand_over(connection)

    def _heed_overlaps(self, connection: Connection) -> Claims:
        self._prove(connection)
        return self.handing.heed_overlaps(connection, {})

    async def _send(self, names: list[str]) -> bool:
        """Send what is written down; whether the broker took all of it."""
        while parcels := await self.database.fetch(handovers.unsent, names, _AT_ONCE):
            delivery = await asyncio.to_thread(self.post.send, bundle(parcels))
            self._tell(delivery.trouble)
            if delivery.sent:
                await self.database.transact(handovers.mark_sent, delivery.sent, self.clock.now())
                self.sent += sum(len(one.parcels) for one in delivery.sent)
            if delivery.trouble is not None:
                return False
        return True

    def _tell(self, trouble: str | None) -> None:
        if trouble is not None and self.trouble is None:
            log.warning("Celery's broker takes no messages, what is due waits in the database: %s", trouble)
        if trouble is None and self.trouble is not None:
            log.info("Celery's broker takes messages again")
        self.trouble = trouble

    async def _look_for_lost(self, names: list[str]) -> None:
        """A message that is long sent, not started, and not at the broker any more, was lost."""
        if not self._is_time("_looked_for_lost", min(max(self.lost_after.total_seconds() / 4, 0.2), 10.0)):
            return
        if await self.database.fetch(handovers.has_past):
            await self.database.transact(handovers.tidy)
        before = self.clock.now() - self.lost_after
        overdue = await self.database.fetch(handovers.overdue, before, _AT_ONCE)
        if not overdue:
            return
        depths = await asyncio.to_thread(self.post.depths, names)
        if depths is not None:
            await self.database.transact(self._renew, overdue, depths)

    def _renew(self, connection: Connection, overdue: list[Parcel], depths: Mapping[str, int]) -> None:
        self._prove(connection)
        by_queue = groupby(sorted(overdue, key=attrgetter("queue")), attrgetter("queue"))
        for queue, parcels in by_queue:
            missing = max(handovers.sent(connection, queue) - depths.get(queue, 0), 0)
            by_message = {message: list(those) for message, those in groupby(parcels, attrgetter("message"))}
            lost = list(by_message.values())[:missing]  # the oldest: the broker's queue is first in, first out
            handovers.renew(connection, list(chain.from_iterable(lost)), self.clock.now())
            if lost:
                log.warning("%d messages of the queue %s were lost; they are sent again", len(lost), queue)

    def _is_time(self, since: str, every: float) -> bool:
        now = self.clock.monotonic()
        if now - getattr(self, since) < every:
            return False
        setattr(self, since, now)
        return True

    def _sleep(self, next_due: datetime | None) -> float:
        until = _LOOK_EVERY if next_due is None else (next_due - self.clock.now()).total_seconds()
        return min(max(until, 0.0), _LOOK_EVERY)

    def _prove(self, connection: Connection) -> None:
        leases.prove(connection, self.identity.id, self.leader.present_term)
