"""Follows tasks of others' Celery applications from their messages to their ends. Runs on the leader."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from orario.core.errors import Fenced
from orario.core.events import Ended
from orario.core.execution import Outcome
from orario.core.job import Job
from orario.core.task import Mode
from orario.engine.agency import Agency, Holders, Kind, Word
from orario.engine.consigning import Consigner
from orario.engine.errands import Attempt, Errands, Flight
from orario.engine.revoking import Revoker
from orario.store import entrusted
from orario.store.database import Database

LONGEST_SLEEP = 1.0
_LISTEN_EVERY = 0.1
_LOOK_EVERY = 0.5
_ASK_EVERY = 1.0
_CALL_EVERY = 3.0
_AT_ONCE = 200


class Answers(NamedTuple):
    """What workers said of some errands, and since when they were asked, by the monotonic clock."""

    tokens: list[UUID]
    since: float
    holders: Holders | None


@dataclass
class Follower:
    """All that it must not forget is in the database: whoever leads next goes on where this one was."""

    database: Database
    errands: Errands
    consigner: Consigner
    revoker: Revoker
    agency: Agency
    lost_after: timedelta
    on_changed: Callable[[], None] = lambda: None
    refused: int = 0
    _unseen: dict[UUID, float] = field(default_factory=dict)  # since when no worker says that it has it
    _at: dict[str, float] = field(default_factory=dict)
    _calling: "asyncio.Task[Answers] | None" = None

    @classmethod
    def of(
        cls, database: Database, errands: Errands, agency: Agency, lost_after: timedelta, grace: timedelta
    ) -> "Follower":
        """With those who send and revoke."""
        consigner = Consigner(database, errands, agency)
        return cls(database, errands, consigner, Revoker(database, errands, agency, grace), agency, lost_after)

    @property
    def trouble(self) -> str | None:
        """Why the broker takes no messages."""
        return self.consigner.trouble

    async def turn(self) -> float:
        """Entrust what there is room for, hear what became of the rest; the seconds until the next look."""
        catalog = self.errands.entrusting.catalog
        tasks = [name for name, task in catalog.items() if task.mode is Mode.CELERY_TASK]
        if not tasks or not self.errands.leader.leads:
            return LONGEST_SLEEP
        self.agency.listen()
        try:
            await self.consigner.hand_over(tasks)
            await self.consigner.send()
            words = self.agency.heard()
            if words or self._is_time("look", _LOOK_EVERY):
                await self._follow(await self.database.fetch(self.errands.flight, tasks), words)
        except Fenced:
            self.errands.leader.lost()
        return _LISTEN_EVERY

    async def _follow(self, flight: Flight, words: list[Word]) -> None:
        words = [*words, *await self._asked(flight, words), *await self._called(flight)]
        begun = {word.token for word in words if word.kind is Kind.STARTED}
        self.revoker.turned_up(begun & flight.strays.keys())
        self._call(flight)
        chosen = _chosen(flight, words)
        if chosen:
            self.refused += await self.database.transact(self._write, flight, chosen)
            flight = await self.database.fetch(self.errands.flight, sorted(_tasks_of(flight)))
        if await self.revoker.turn(flight) or chosen:
            self.errands.telling.rouse()
            self.on_changed()

    async def _asked(self, flight: Flight, words: list[Word]) -> list[Word]:
        """What the result backend keeps: at once of those that events say have ended, of all now and then."""
        if not self.agency.has_results:
            return []
        tokens = {word.token for word in words if word.kind is not Kind.STARTED and word.token in flight}
        if self._is_time("ask", _ASK_EVERY):
            tokens.update([*flight.running, *flight.sent, *flight.strays][: 5 * _AT_ONCE])
        found = await asyncio.to_thread(self.agency.ask, sorted(tokens)) if tokens else []
        # Any worker writes down at once that a message was revoked, also where another one may yet start it.
        return [word for word in found if not (word.kind is Kind.REVOKED and word.token in flight.strays)]

    def _call(self, flight: Flight) -> None:
        """Ask the workers themselves, and do not wait: they have a second for their answers.

        Events may have been missed, and nobody tells of what was lost.
        """
        every = min(_CALL_EVERY, self.lost_after.total_seconds() / 2)
        old = self.errands.clock.now() - timedelta(seconds=every)
        silent = [token for token, one in flight.sent.items() if one.sent_at is not None and one.sent_at < old]
        tokens = [*self.revoker.stopping, *flight.running, *silent, *flight.strays][:_AT_ONCE]
        is_time = bool(self.revoker.stopping) or self._is_time("call", every)
        if tokens and is_time and self._calling is None:
            self._calling = asyncio.create_task(self._answers(tokens))

    async def _answers(self, tokens: list[UUID]) -> Answers:
        since = self.errands.clock.monotonic()
        return Answers(tokens, since, await asyncio.to_thread(self.agency.holders, tokens))

    async def _called(self, flight: Flight) -> list[Word]:
        """What came of the last call."""
        if self._calling is None or not self._calling.done():
            return []
        answers, self._calling = self._calling.result(), None
        if answers.holders is None:
            self._unseen.clear()  # workers that look for the broker, too, cannot answer
            return []
        self._see(flight, answers, answers.holders)
        words = [Word(token, Kind.STARTED) for token, is_started in answers.holders.errands.items() if is_started]
        return [*words, *await self._missing(flight)]

    def _see(self, flight: Flight, answers: Answers, holders: Holders) -> None:
        self._unseen = {token: since for token, since in self._unseen.items() if token in flight}
        gone = [token for token in answers.tokens if token not in holders.errands and token in flight]
        for token in gone:
            self._unseen.setdefault(token, answers.since)
        for token in holders.errands:
            self._unseen.pop(token, None)
        if holders.workers:  # silence may also be that of one who is busy
            self.revoker.gone(gone, answers.since)

    async def _missing(self, flight: Flight) -> list[Word]:
        """What no worker has had for long, and no queue either, is lost: nobody can tell whether it was done."""
        unseen = {token: flight.queue(token) for token in self._unseen}
        depths = await asyncio.to_thread(self.agency.depths, set(unseen.values())) if unseen else None
        if depths is None:
            return []
        for token, queue in unseen.items():
            if depths.get(queue):  # it may wait there
                del self._unseen[token]
        before = self.errands.clock.monotonic() - self.lost_after.total_seconds()
        gone = {token for token, since in self._unseen.items() if since <= before}
        if gone and self.agency.has_results:  # a last question before they are given up
            gone -= {word.token for word in await asyncio.to_thread(self.agency.ask, sorted(gone))}
        return [Word(token, Kind.LOST) for token in gone]

    def _write(self, connection: Connection, flight: Flight, words: list[Word]) -> int:
        """Write down what was heard; how much of it came too late."""
        self.errands.prove(connection)
        now = self.errands.clock.now()
        late = [word.token for word in words if word.token in flight.strays]
        entrusted.forget(connection, late)
        starts = {word.token: now - timedelta(seconds=word.seconds) for word in words if word.token in flight.sent}
        entrusted.begin(connection, [(flight.sent[token].id, token, at) for token, at in starts.items()])
        ended = [
            self._ended(flight.attempt(word.token, starts.get(word.token, now)), flight.job(word.token), word)
            for word in words
            if word.kind is not Kind.STARTED and word.token not in flight.strays
        ]
        return len(late) + self.errands.settle(connection, ended)

    def _ended(self, one: Attempt, job: Job, word: Word) -> tuple[Ended, Job]:
        asked = self.revoker.stopping.pop(one.token, None)
        if asked is not None and word.kind not in (Kind.SUCCEEDED, Kind.FAILED):
            outcome = Outcome(asked.ending, error_message=asked.reason)
        else:
            outcome = self.agency.judge(word, one.args)
        return self.errands.ended(one, job, outcome, {"celeryWorker": word.worker} if word.worker else None)

    def _is_time(self, what: str, every: float) -> bool:
        now = self.errands.clock.monotonic()
        if now - self._at.get(what, -1e9) < every:
            return False
        self._at[what] = now
        return True


def _chosen(flight: Flight, words: list[Word]) -> list[Word]:
    """One word on each: what the result backend has before what an event says, an ending before a start."""
    best: dict[UUID, Word] = {}
    for word in (word for word in words if word.token in flight):
        if word.kind is Kind.STARTED and word.token not in flight.sent:
            continue
        earlier = best.get(word.token)
        if earlier is None or _rank(word) >= _rank(earlier):
            worker = word.worker or (None if earlier is None else earlier.worker)
            best[word.token] = word._replace(worker=worker)
    return list(best.values())


def _rank(word: Word) -> int:
    return 0 if word.kind is Kind.STARTED else 2 if word.is_whole else 1


def _tasks_of(flight: Flight) -> set[str]:
    return {one.task for one in flight.sent.values()} | {one.task for one in flight.running.values()}
