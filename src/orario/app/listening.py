"""What a listener is given: the ledger as the transaction sees it in which something happened."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection

from orario.core.events import Alarm, Event
from orario.core.execution import Execution, LogLine, State
from orario.core.job import Job


class Ledger(Protocol):
    """What is read and written through it shares the fate of what happened: both are committed, or neither."""

    @property
    def connection(self) -> Connection:
        """For the app's own tables."""

    @property
    def now(self) -> datetime: ...

    def jobs(self, ids: Collection[UUID]) -> Mapping[UUID, Job]:
        """The jobs of these ids, as they stand; deleted ones too."""

    def open(self, slug: str, args: Mapping[str, Any]) -> UUID:
        """Open an execution of a job, due now; the id. Raises NotFound when there is no such job."""

    def execution(self, id: UUID) -> Execution | None: ...

    def running(self, before: datetime | None = None) -> Sequence[Execution]:
        """All that runs now, or what of it has started before a moment; at most some thousands, the longest first."""

    def waiting(self, since: datetime) -> Sequence[Execution]:
        """What was due before a moment, was never tried and still waits; at most some thousands."""

    def states(self, job_id: UUID, limit: int) -> Sequence[State]:
        """How the job's last executions ended, newest first; those that ran alone."""

    def durations(self, job_id: UUID, limit: int) -> Sequence[float]:
        """How many seconds the job's last successes took, newest first."""

    def lines(self, execution_id: UUID, limit: int) -> Sequence[LogLine]:
        """The last log lines of an execution, oldest first."""


Listener = Callable[[Ledger, Sequence[Event]], None]
AlarmHook = Callable[[Alarm], None]
