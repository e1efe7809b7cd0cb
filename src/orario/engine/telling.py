"""Lets the apps' listeners hear what happens, inside the transaction in which it happens."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, NestedTransaction

from orario.app import Listener
from orario.core.clock import Clock
from orario.core.errors import NotFound
from orario.core.events import Ended, Event
from orario.core.execution import Execution, LogLine, State, Trigger
from orario.core.job import Job
from orario.engine.tally import Tally
from orario.store import executions, glances, jobs
from orario.store.database import after_commit
from orario.store.wake import Topic, Wake

log = logging.getLogger("orario.engine")


@dataclass
class Telling:
    """What listeners open is committed with what they heard of; what they break costs only themselves."""

    clock: Clock
    wake: Wake
    listeners: Mapping[str, Sequence[Listener]] = field(default_factory=dict)  # by app
    tally: Tally = field(default_factory=Tally)
    _has_opened: bool = False

    def tell(self, connection: Connection, events: Sequence[Event]) -> None:
        """Call every listener, just before the caller commits. `rouse` is to follow the commit."""
        if not events:
            return
        after_commit(connection, partial(self.tally.heard, events))
        for app, listeners in self.listeners.items():
            for listener in listeners:
                self._call(app, listener, connection, events)

    def count_returned(self, connection: Connection, returned: Sequence[Ended]) -> None:
        """An attempt that another follows is no end: no listener hears of it, but it counts."""
        if returned:
            after_commit(connection, partial(self.tally.finished, returned))

    def rouse(self) -> None:
        """Wake who claims, if listeners have opened something."""
        if self._has_opened:
            self._has_opened = False
            self.wake.ring(Topic.PENDING)

    def _call(self, app: str, listener: Listener, connection: Connection, events: Sequence[Event]) -> None:
        ledger = LedgerNow(connection, self.clock.now(), app)
        try:
            listener(ledger, events)
            ledger.keep()
        except Exception:
            log.exception("a listener of the app %s failed; what it has done is undone", app)
            ledger.undo()
        else:
            self._has_opened = self._has_opened or ledger.has_opened


class LedgerNow:
    """The Ledger of one listener in one transaction. Who only looks at the events costs the database nothing."""

    def __init__(self, connection: Connection, now: datetime, app: str) -> None:
        self.now = now
        self.has_opened = False
        self._app = app
        self._connection = connection
        self._savepoint: NestedTransaction | None = None

    @property
    def connection(self) -> Connection:
        if self._savepoint is None:
            self._savepoint = self._connection.begin_nested()
        return self._connection

    def keep(self) -> None:
        if self._savepoint is not None:
            self._savepoint.commit()

    def undo(self) -> None:
        if self._savepoint is not None and self._savepoint.is_active:
            self._savepoint.rollback()

    def jobs(self, ids: Collection[UUID]) -> Mapping[UUID, Job]:
        return jobs.load(self.connection, ids)

    def open(self, slug: str, args: Mapping[str, Any]) -> UUID:
        job = jobs.find_by_slug(self.connection, slug)
        if job is None:
            raise NotFound(f"There is no job {slug}")
        opened = executions.open_one(
            self.connection,
            job,
            trigger=Trigger.MANUAL,
            triggered_by=self._app,
            scheduled_for=self.now,
            args=args,
            now=self.now,
        )
        assert opened is not None  # only a due moment can be taken, and this is none
        self.has_opened = True
        return opened.id

    def execution(self, id: UUID) -> Execution | None:
        return executions.get(self.connection, id)

    def running(self, before: datetime | None = None) -> Sequence[Execution]:
        return glances.running(self.connection, before)

    def waiting(self, since: datetime) -> Sequence[Execution]:
        return glances.waiting(self.connection, since)

    def states(self, job_id: UUID, limit: int) -> Sequence[State]:
        return glances.states(self.connection, job_id, limit)

    def durations(self, job_id: UUID, limit: int) -> Sequence[float]:
        return glances.durations(self.connection, job_id, limit)

    def lines(self, execution_id: UUID, limit: int) -> Sequence[LogLine]:
        return glances.last_lines(self.connection, execution_id, limit)
