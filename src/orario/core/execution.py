"""Executions, their attempts and the states they move through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from orario.core.errors import Conflict


class State(StrEnum):
    """Where an execution stands. "Retrying" is derived: pending with an attempt behind it."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    MISSED = "missed"

    @property
    def is_final(self) -> bool:
        return not MOVES[self]


MOVES: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.RUNNING, State.CANCELLED, State.SKIPPED, State.MISSED}),
    State.RUNNING: frozenset({State.SUCCESS, State.FAILED, State.TIMEOUT, State.CANCELLED, State.PENDING}),
    State.SUCCESS: frozenset(),
    State.FAILED: frozenset(),
    State.TIMEOUT: frozenset(),
    State.CANCELLED: frozenset(),
    State.SKIPPED: frozenset(),
    State.MISSED: frozenset(),
}

FINAL_STATES = tuple(state for state in State if not MOVES[state])


def require_move(before: State, after: State) -> None:
    """Raise Conflict unless the table of moves allows it."""
    if after not in MOVES[before]:
        raise Conflict(f"An execution that is {before} cannot become {after}")


class Trigger(StrEnum):
    """Why an execution exists."""

    SCHEDULER = "scheduler"
    MANUAL = "manual"
    RERUN = "rerun"
    BACKFILL = "backfill"


class Ending(StrEnum):
    """The ways in which an attempt ends."""

    SUCCEEDED = "success"
    FAILED = "failed"
    TIMED_OUT = "timeout"
    CANCELLED = "cancelled"
    LOST = "lost"  # its carrier died, or was stopped before the work was done


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended, as a value."""

    ending: Ending
    result: Any = None
    error_message: str | None = None
    error_stack: str | None = None
    may_retry: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work has come, in items."""

    total: int = 0
    processed: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """One due moment, or one manual request, of one job; it keeps its identity through retries.

    `token` names the current attempt (the next one while pending); whoever starts or finishes an attempt
    must show it, and it changes whenever the execution returns to pending.
    """

    id: UUID
    job_id: UUID
    job_name: str
    task: str
    queue: str
    priority: int
    state: State
    trigger: Trigger
    triggered_by: str | None
    scheduled_for: datetime
    due_at: datetime
    attempt: int
    token: UUID
    carrier: UUID | None
    args: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    result: Any
    error_message: str | None
    error_stack: str | None
    reason: str | None
    progress: Progress
    metadata: Mapping[str, Any] | None
    rerun_of: UUID | None

    @property
    def duration_seconds(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One try of an execution."""

    number: int
    token: UUID
    carrier: UUID | None
    started_at: datetime
    finished_at: datetime | None
    ending: Ending | None
    error_message: str | None
    error_stack: str | None


class Level(StrEnum):
    """How grave a log line is."""

    TRACE = "TRACE"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    FATAL = "FATAL"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that an attempt wrote; `id` grows with time, 0 before it is stored."""

    execution_id: UUID
    attempt: int
    at: datetime
    level: Level
    message: str
    details: Mapping[str, Any] | None = None
    id: int = 0
