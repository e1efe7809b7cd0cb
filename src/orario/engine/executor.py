"""What the engine hands to an executor, and what it gets back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from orario.core.execution import Outcome, Progress, Trigger
from orario.core.job import Job
from orario.core.task import Mode, Task


class Work(NamedTuple):
    """One claimed attempt. `args` still hold their secrets sealed; `token` is the right to carry it.

    It and its report are tuples, for every firing makes them.
    """

    execution_id: UUID
    job: Job
    task: Task
    args: Mapping[str, Any]
    token: UUID
    attempt: int
    trigger: Trigger
    scheduled_for: datetime
    started_at: datetime

    @property
    def timeout(self) -> timedelta | None:
        return self.job.policy.timeout


class Report(NamedTuple):
    """How a piece of work ended."""

    work: Work
    outcome: Outcome
    finished_at: datetime
    progress: Progress = Progress()
    metadata: Mapping[str, Any] | None = None


class Executor(Protocol):
    """A way to carry attempts. Its methods are called on the engine's thread and must not block."""

    def room(self, mode: Mode) -> int:
        """How many more attempts of this mode it can take now."""

    def carry(self, works: Sequence[Work]) -> None:
        """Start each; every one of them ends in exactly one Report posted to the Inbox."""

    def cancel(self, tokens: Iterable[UUID], reason: str) -> None:
        """Ask these attempts to stop; unknown tokens are ignored. They report as CANCELLED once they have ended."""

    def abandon(self, tokens: Iterable[UUID]) -> None:
        """Stop these attempts without a report: they are no longer ours."""

    async def drain(self, grace: timedelta) -> None:
        """Let running work go on for `grace`, then stop what is left, which reports as LOST."""
