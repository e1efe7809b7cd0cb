"""Ends, at others' Celery workers, what was cancelled or takes too long, and what turns up though nobody wants it."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from orario.core.execution import Ending, Execution, Outcome
from orario.core.job import Job
from orario.engine.agency import Agency, Force
from orario.engine.errands import Errands, Flight
from orario.store import entrusted
from orario.store.database import Database
from orario.store.entrusted import Stray

_PRESS_EVERY = 1.0
_FORGET_EVERY = 60.0
_LAST_PATIENCE = 5.0  # seconds beyond the grace
_MEMORY_OF_STRAYS = timedelta(days=1)
NOT_CONFIRMED = "; no worker has confirmed that it has stopped"


@dataclass(frozen=True)
class Stopping:
    """An attempt that is to end; times by the monotonic clock."""

    ending: Ending
    reason: str
    since: float
    pressed: float = -1e9
    is_gone: bool = False  # no worker has it any more


@dataclass
class Revoker:
    """Asks first, and leaves no choice after a grace: a message that was revoked starts nowhere."""

    database: Database
    errands: Errands
    agency: Agency
    grace: timedelta
    stopping: dict[UUID, Stopping] = field(default_factory=dict)
    _turned_up: set[UUID] = field(default_factory=set)  # strays that run somewhere
    _strays_at: float = -1e9
    _forgot_at: float = -1e9

    async def turn(self, flight: Flight) -> bool:
        """Press on; whether anything was ended for us alone."""
        now = self.errands.clock.monotonic()
        self._notice(flight, now)
        due = {token: one for token, one in self.stopping.items() if now - one.pressed >= _PRESS_EVERY}
        harsh = [token for token, one in due.items() if now - one.since >= self.grace.total_seconds()]
        soft = [token for token in due if token not in harsh]
        unwanted: list[UUID] = []
        if flight.strays and now - self._strays_at >= _PRESS_EVERY:
            self._strays_at = now
            unwanted = [token for token in flight.strays if token not in self._turned_up]
            soft += self._turned_up & flight.strays.keys()
            self._turned_up.clear()
        for tokens, force in ((unwanted, Force.NONE), (soft, Force.END), (harsh, Force.KILL)):
            if tokens:
                await asyncio.to_thread(self.agency.revoke, tokens, force)
        self.stopping |= {token: replace(one, pressed=now) for token, one in due.items()}
        if now - self._forgot_at >= _FORGET_EVERY:
            self._forgot_at = now
            await self.database.transact(entrusted.forget_old, self.errands.clock.now() - _MEMORY_OF_STRAYS)
        return await self._give_up(flight, now)

    def turned_up(self, tokens: Collection[UUID]) -> None:
        """These strays have begun somewhere. Only then may they be ended by force: a worker to which that is said of
        what it is about to start, or has just done, ends whatever the same process does next."""
        self._turned_up.update(tokens)

    def gone(self, tokens: Collection[UUID], asked_at: float) -> None:
        """No worker had these any more when they were asked."""
        for token in self.stopping.keys() & set(tokens):
            if self.stopping[token].pressed < asked_at:
                self.stopping[token] = replace(self.stopping[token], is_gone=True)

    def _notice(self, flight: Flight, now: float) -> None:
        self.stopping = {token: one for token, one in self.stopping.items() if token in flight.running}
        for token in flight.running.keys() - self.stopping.keys():
            found = self._reason(flight.running[token], flight.job(token))
            if found is not None:
                self.stopping[token] = Stopping(*found, since=now)

    def _reason(self, one: Execution, job: Job) -> tuple[Ending, str] | None:
        timeout = job.policy.timeout
        if one.cancel_requested_at is not None:
            return Ending.CANCELLED, "cancelled"
        if timeout is None or one.started_at is None or self.errands.clock.now() - one.started_at <= timeout:
            return None
        return Ending.TIMED_OUT, f"timed out after {timeout.total_seconds():g} s"

    async def _give_up(self, flight: Flight, now: float) -> bool:
        """What no worker has any more has ended; what was killed and is not seen to end, ends for us."""
        last = 2 * self.grace.total_seconds() + _LAST_PATIENCE
        over = {
            token: one if one.is_gone else replace(one, reason=one.reason + NOT_CONFIRMED)
            for token, one in self.stopping.items()
            if (one.is_gone and now - one.since >= _PRESS_EVERY) or now - one.since >= last
        }
        if over:
            await self.database.transact(self._end, flight, over)
        for token in over:
            self.stopping.pop(token, None)
        return bool(over)

    def _end(self, connection: Connection, flight: Flight, over: dict[UUID, Stopping]) -> None:
        self.errands.prove(connection)
        now = self.errands.clock.now()
        ended = [
            self.errands.ended(
                flight.attempt(token, now), flight.job(token), Outcome(one.ending, error_message=one.reason)
            )
            for token, one in over.items()
        ]
        astray = [
            Stray(flight.running[token].id, token, flight.queue(token))
            for token, one in over.items()
            if not one.is_gone
        ]
        entrusted.keep_as_stray(connection, astray, now)
        self.errands.settle(connection, ended)
