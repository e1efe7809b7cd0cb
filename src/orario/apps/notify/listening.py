"""Hears what happens in the ledger, and tells of it in the same transaction."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import Connection

from orario import (
    Broken,
    Dropped,
    Ended,
    Event,
    Ledger,
    Round,
    Said,
    State,
    TurnedAway,
)
from orario.apps.notify import notices, troubles
from orario.apps.notify.channels import rulebook
from orario.apps.notify.decisions import BAD
from orario.apps.notify.desk import Desk
from orario.apps.notify.hearing import Hearing
from orario.apps.notify.outbox import Outbox
from orario.apps.notify.rounds import Rounds
from orario.apps.notify.words import Status

TASK = "notify.send"
OWN = "notify"
_OF_JOBS = Ended | TurnedAway | Dropped | Broken


class Ears:
    """The listener of one instance. What it remembers only saves looking: the tables know."""

    def __init__(self, desk: Desk, on_round: Callable[[Connection], None]) -> None:
        self._desk = desk
        self._on_round = on_round
        self.forget()

    def forget(self) -> None:
        """A server starts."""
        self._rounds = Rounds(self._desk)
        self._troubled: set[UUID] | None = None  # who is in trouble, a second ago

    def __call__(self, ledger: Ledger, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Ended) and event.task == TASK:
                _settle(ledger, event)
        worth = [event for event in events if self._is_worth(ledger, event)]
        if not worth:
            return
        book = rulebook(ledger.connection, self._desk.settings)
        if book.is_silent:
            return
        outbox = Outbox(ledger, self._desk.public_url, self._desk.calendars(book))
        ids = {event.job_id for event in worth if isinstance(event, _OF_JOBS | Said) and event.job_id is not None}
        jobs = {id: job for id, job in ledger.jobs(ids).items() if job.app != OWN} if ids else {}
        hearing = Hearing(ledger, book, outbox, self._troubles(ledger, worth), self._troubled or set())
        for event in worth:
            if isinstance(event, _OF_JOBS):
                if event.job_id in jobs:
                    hearing.of_job(event, jobs[event.job_id])
            elif isinstance(event, Said):
                hearing.of_app(event, jobs.get(event.job_id) if event.job_id else None)
            elif isinstance(event, Round):
                self._troubled = troubles.subjects(ledger.connection)
                self._on_round(ledger.connection)
                self._rounds.look(ledger, book, outbox, event)
            else:
                hearing.of_house(event)
        hearing.write()

    def _is_worth(self, ledger: Ledger, event: Event) -> bool:
        if not isinstance(event, Ended):
            return True
        if event.task == TASK:
            return False  # a notice about a notice would never end
        if event.state is State.SUCCESS:
            if self._troubled is None:
                self._troubled = troubles.subjects(ledger.connection)
            return event.job_id in self._troubled
        return event.state in BAD

    def _troubles(self, ledger: Ledger, events: Sequence[Event]) -> troubles.Troubles:
        ids = {event.job_id for event in events if isinstance(event, Ended | TurnedAway | Dropped)}
        return troubles.of(ledger.connection, ids) if ids else {}


def _settle(ledger: Ledger, event: Ended) -> None:
    """Write down how the delivery of a notice has ended."""
    status = Status.SENT if event.state is State.SUCCESS else Status.FAILED
    why = None if status is Status.SENT else event.outcome.error_message or event.state.value
    notices.settle(ledger.connection, event.execution_id, status, ledger.now, why)
