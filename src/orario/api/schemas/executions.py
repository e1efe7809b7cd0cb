"""Executions, their attempts and log lines, as the API shows them."""

from typing import Any, Self
from uuid import UUID

from pydantic import Field

from orario.api.schemas.base import CursorPaging, Moment, Shape
from orario.core.execution import Attempt, Ending, Execution, Level, LogLine, State, Trigger


class ProgressOut(Shape):
    """How far the work has come, in items."""

    total: int
    processed: int
    failed: int


class ExecutionOut(Shape):
    """One due moment, or one request, of one job."""

    id: UUID
    job_id: UUID
    celery_task_id: str | None = Field(
        description="The id under which the current attempt was handed to its executor; null when none ever will be."
    )
    status: State
    started_at: Moment | None
    completed_at: Moment | None
    duration_seconds: float | None
    result: Any = Field(description="What the task returned, as JSON.", examples=[{"synced_count": 150}])
    error_message: str | None
    triggered_by: Trigger
    triggered_by_user_id: str | None = Field(description="The person or token; null for the scheduler.")
    # Up to here as documented by seed 004.
    job_name: str
    task: str = Field(description="The task's name.")
    queue: str
    priority: int
    scheduled_for: Moment = Field(description="The due moment, or the moment of the request.")
    due_at: Moment = Field(description="When its next attempt may start.")
    created_at: Moment
    attempt: int = Field(description="How many attempts have started; 0 before the first.")
    reason: str | None = Field(description="Why it was skipped, missed or cancelled.")
    error_stack: str | None
    progress: ProgressOut
    metadata: dict[str, Any] | None
    task_args: dict[str, Any] | None = Field(description="Its own arguments; null: those of the job.")
    rerun_of: UUID | None
    instance_id: UUID | None = Field(description="The instance that carries, or carried, its last attempt.")
    cancel_requested_at: Moment | None

    @classmethod
    def of(cls, one: Execution) -> Self:
        untried = one.attempt == 0 and one.state.is_final
        return cls(
            id=one.id,
            job_id=one.job_id,
            celery_task_id=None if untried else str(one.token),
            status=one.state,
            started_at=one.started_at,
            completed_at=one.finished_at,
            duration_seconds=one.duration_seconds,
            result=one.result,
            error_message=one.error_message,
            triggered_by=one.trigger,
            triggered_by_user_id=one.triggered_by,
            job_name=one.job_name,
            task=one.task,
            queue=one.queue,
            priority=one.priority,
            scheduled_for=one.scheduled_for,
            due_at=one.due_at,
            created_at=one.created_at,
            attempt=one.attempt,
            reason=one.reason,
            error_stack=one.error_stack,
            progress=ProgressOut(
                total=one.progress.total, processed=one.progress.processed, failed=one.progress.failed
            ),
            metadata=None if one.metadata is None else dict(one.metadata),
            task_args=None if one.args is None else dict(one.args),
            rerun_of=one.rerun_of,
            instance_id=one.carrier,
            cancel_requested_at=one.cancel_requested_at,
        )


class _ExecutionRows(Shape):
    executions: list[ExecutionOut]
    total: int


class ExecutionList(CursorPaging, _ExecutionRows):  # pydantic takes the fields of the last base first
    """Executions, the newest first."""

    is_total_exact: bool = Field(description="False: counting stopped at `total`, there are more.")


class RunningList(_ExecutionRows):
    """What runs at this moment, on all instances."""


class AttemptOut(Shape):
    """One try of an execution."""

    number: int
    celery_task_id: UUID
    status: Ending | None = Field(description="How it ended; null while it runs.")
    started_at: Moment
    completed_at: Moment | None
    duration_seconds: float | None
    error_message: str | None
    error_stack: str | None
    instance_id: UUID | None

    @classmethod
    def of(cls, one: Attempt) -> Self:
        ended = one.finished_at
        return cls(
            number=one.number,
            celery_task_id=one.token,
            status=one.ending,
            started_at=one.started_at,
            completed_at=ended,
            duration_seconds=None if ended is None else (ended - one.started_at).total_seconds(),
            error_message=one.error_message,
            error_stack=one.error_stack,
            instance_id=one.carrier,
        )


class AttemptList(Shape):
    """The attempts of an execution, the first one first."""

    attempts: list[AttemptOut]
    total: int


class LogLineOut(Shape):
    """One line that an attempt wrote."""

    id: int = Field(description="Grows with time; the cursor of lists and streams.")
    attempt: int
    at: Moment
    level: Level
    message: str
    details: dict[str, Any] | None

    @classmethod
    def of(cls, one: LogLine) -> Self:
        return cls(
            id=one.id,
            attempt=one.attempt,
            at=one.at,
            level=one.level,
            message=one.message,
            details=None if one.details is None else dict(one.details),
        )


class LogList(Shape):
    """Log lines in the order in which they were written."""

    logs: list[LogLineOut]
    next_after: int = Field(description="Send it as `after` for the lines that follow.")
