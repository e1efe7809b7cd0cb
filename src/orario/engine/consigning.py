"""Sends what is due of others' Celery tasks, as far as there is room."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from orario.core.execution import Ending, Outcome
from orario.core.job import Job
from orario.engine.agency import Agency, Errand
from orario.engine.claiming import Claims
from orario.engine.errands import Attempt, Errands
from orario.store import entrusted, handovers
from orario.store.database import Database
from orario.store.entrusted import Entrusted
from orario.store.handovers import Message, Parcel

log = logging.getLogger("orario.engine")

_AT_ONCE = 200
_OVERLAPS_EVERY = 2.0


@dataclass
class Consigner:
    """A message is marked as sent before it is: nobody there asks whether an attempt was started already, so that
    none may be sent twice. One that a crash kept from being sent is found missing, and is lost by the policy."""

    database: Database
    errands: Errands
    agency: Agency
    trouble: str | None = None
    _overlaps_at: float = field(default=-1e9)

    async def hand_over(self, tasks: Sequence[str]) -> None:
        """Write down what is to be sent: up to the queues' widths, what is under way included."""
        clock = self.errands.clock
        if not await self.database.fetch(entrusted.wait, tasks, clock.now()):
            return
        found = await self.database.transact(self._proven, self.errands.entrusting.hand_over)
        if found.is_blocked and clock.monotonic() - self._overlaps_at >= _OVERLAPS_EVERY:
            self._overlaps_at = clock.monotonic()
            found = await self.database.transact(
                self._proven, partial(self.errands.entrusting.heed_overlaps, room={})
            )
        if found.turned_away:
            self.errands.telling.rouse()

    def _proven(self, connection: Connection, look: Callable[[Connection], Claims]) -> Claims:
        self.errands.prove(connection)
        return look(connection)

    async def send(self) -> None:
        """Send what is written down, until the broker takes no more."""
        while waiting := await self.database.fetch(entrusted.unsent, _AT_ONCE):
            messages = await self.database.fetch(self._messages, waiting)
            await self.database.transact(self._mark, waiting)
            receipt = await asyncio.to_thread(self.agency.entrust, messages)
            self._tell(receipt.trouble)
            if receipt.unsent or receipt.unfit:
                await self.database.transact(self._correct, waiting, receipt.unsent, receipt.unfit)
            if receipt.trouble is not None:
                return

    def _messages(self, connection: Connection, waiting: list[Entrusted]) -> list[Errand]:
        known = self.errands.cache.get(connection, ((one.job, one.version) for one in waiting))
        return [self._message(one, known[one.job].job) for one in waiting]

    def _message(self, one: Entrusted, job: Job) -> Errand:
        path = self.errands.entrusting.catalog[one.task].handler_path
        args = job.args if one.args is None else one.args
        expires = one.expires_at if one.attempt == 0 else None
        return Errand(one.token, path, one.queue, args, expires, job.policy.timeout)

    def _mark(self, connection: Connection, waiting: list[Entrusted]) -> None:
        self.errands.prove(connection)
        messages = [Message(one.queue, [Parcel(one.queue, one.id, one.token)]) for one in waiting]
        handovers.mark_sent(connection, messages, self.errands.clock.now())

    def _correct(
        self, connection: Connection, waiting: list[Entrusted], unsent: Sequence[UUID], unfit: Mapping[UUID, str]
    ) -> None:
        """These were not sent after all, whoever leads by now; those that never can be have failed."""
        by_token, now = {one.token: one for one in waiting}, self.errands.clock.now()
        handovers.take_back(connection, unsent)
        entrusted.begin(connection, [(by_token[token].id, token, now) for token in unfit])
        failed = [by_token[token] for token in unfit]
        known = self.errands.cache.get(connection, ((one.job, one.version) for one in failed))
        ended = []
        for one in failed:
            attempt = Attempt(one.id, one.token, one.attempt + 1, one.task, {}, now, None)
            outcome = Outcome(Ending.FAILED, error_message=unfit[one.token], may_retry=False)
            ended.append(self.errands.ended(attempt, known[one.job].job, outcome))
        self.errands.settle(connection, ended)

    def _tell(self, trouble: str | None) -> None:
        if trouble is not None and self.trouble is None:
            log.warning("the broker takes no messages for Celery's tasks, they wait in the database: %s", trouble)
        if trouble is None and self.trouble is not None:
            log.info("the broker takes messages for Celery's tasks again")
        self.trouble = trouble
