"""Jobs, as the API shows them."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from orario.api.schemas.base import CursorPaging, Moment, Seconds, Shape, plain_seconds
from orario.api.schemas.executions import ExecutionOut
from orario.api.schemas.tasks import JOB_TYPES, TYPE_IDS, JobTypeOut, TaskFunctionOut
from orario.core.cronzone import Dst
from orario.core.execution import Execution, State
from orario.core.policy import Backoff, Misfire, Overlap
from orario.core.schedule import Cron
from orario.core.scheduleconfig import kind_of, to_config
from orario.core.wording import describe
from orario.service.forms import days
from orario.service.jobs import JobView

_sentence = lru_cache(maxsize=4096)(describe)  # most of the cost of a row; thousands of jobs share a schedule


class _DocumentedJob(Shape):
    """The fields of seed 004, in its order."""

    id: UUID
    name: str
    description: str | None
    task_function_id: int | None = Field(description="Null only when its app has never been loaded here.")
    job_type_id: int
    schedule_config: dict[str, Any] = Field(examples=[{"hours": 1, "minutes": 0, "seconds": 0}])
    task_args: dict[str, Any] | None = Field(description="Secret values are shown as `********`.")
    max_instances: int
    timeout_seconds: Seconds | None
    retry_count: int
    retry_delay_seconds: Seconds
    is_enabled: bool
    is_paused: bool
    next_run_time: Moment | None = Field(description="Null while disabled or paused, and after the last moment.")
    last_run_time: Moment | None
    last_status: State | None
    created_at: Moment
    updated_at: Moment
    created_by: str | None = Field(description="The person or token; null for what an app declared.")
    updated_by: str | None


class _RelatedToJob(Shape):
    task_function: TaskFunctionOut | None
    job_type: JobTypeOut
    recent_executions: list[ExecutionOut]


class _MoreOfJob(Shape):
    slug: str
    app: str | None = Field(description="The app that declared it; null: a person did.")
    schedule_sentence: str = Field(examples=["every Monday at 08:00, Europe/Rome"])
    timezone: str
    dst_policy: Dst | None
    start_at: Moment | None
    end_at: Moment | None
    jitter_seconds: Seconds
    exclude_dates: list[date]
    exclude_calendars: list[str]
    queue: str
    priority: int
    overlap: Overlap
    misfire: Misfire
    misfire_grace_seconds: Seconds
    misfire_window_seconds: Seconds
    misfire_cap: int
    retry_backoff: Backoff
    retry_max_delay_seconds: Seconds
    retry_jitter: float
    pause_after_failures: int | None
    start_within_seconds: Seconds | None
    keep_days: int | float | None = Field(description="How long its ended executions are kept; null: as set for all.")
    keep_count: int | None = Field(description="How many of them are kept, the newest; null: as set for all.")
    paused_at: Moment | None
    paused_until: Moment | None
    paused_by: str | None
    pause_note: str | None
    broken_reason: str | None = Field(description="Why it cannot run, such as missing code.")
    differs_from_code: bool = Field(description="Whether people have changed what its app declares.")
    running_count: int
    pending_count: int
    failures_in_row: int
    counts: dict[State, int] = Field(description="How many executions ended in each way.")
    version: int = Field(description="Grows with every change; the number in its ETag.")


class JobOut(_MoreOfJob, _DocumentedJob):  # pydantic takes the fields of the last base first
    """A job."""

    @classmethod
    def of(cls, view: JobView) -> Self:
        return cls(**_fields(view))


class JobDetail(_MoreOfJob, _RelatedToJob, _DocumentedJob):
    """A job with its task function, its type and its latest executions."""

    @classmethod
    def of(cls, view: JobView, recent: Sequence[Execution]) -> Self:
        fields = _fields(view)
        return cls(
            **fields,
            task_function=None if view.task is None else TaskFunctionOut.of(view.task),
            job_type=next(one for one in JOB_TYPES if one.id == fields["job_type_id"]),
            recent_executions=[ExecutionOut.of(one) for one in recent],
        )


def _fields(view: JobView) -> dict[str, Any]:
    job, cursor = view.job, view.cursor
    return {
        "id": job.id,
        "name": job.name,
        "description": job.description,
        "task_function_id": None if view.task is None else view.task.id,
        "task_args": dict(job.args) or None,
        "is_enabled": job.is_enabled,
        "next_run_time": cursor.next_at if job.is_active else None,
        "last_run_time": cursor.last_started_at,
        "last_status": cursor.last_state,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "created_by": job.created_by,
        "updated_by": job.updated_by,
        "slug": job.slug,
        "app": job.app,
        "queue": job.queue,
        "broken_reason": job.broken,
        "differs_from_code": view.differs,
        "running_count": view.running,
        "pending_count": view.pending,
        "failures_in_row": cursor.failures_in_row,
        "counts": dict(cursor.counts),
        "version": job.version,
        **_schedule_fields(view),
        **_policy_fields(view),
        **_pause_fields(view),
    }


def _schedule_fields(view: JobView) -> dict[str, Any]:
    job = view.job
    return {
        "job_type_id": TYPE_IDS[kind_of(job.schedule)],
        "schedule_config": to_config(job.schedule),
        "schedule_sentence": _sentence(job.schedule, job.timezone),
        "timezone": job.timezone,
        "dst_policy": job.schedule.dst if isinstance(job.schedule, Cron) else None,
        "start_at": job.start,
        "end_at": job.end,
        "jitter_seconds": plain_seconds(job.jitter),
        "exclude_dates": sorted(job.excluded_dates),
        "exclude_calendars": list(job.calendars),
    }


def _policy_fields(view: JobView) -> dict[str, Any]:
    policy = view.job.policy
    return {
        "max_instances": policy.max_instances,
        "timeout_seconds": plain_seconds(policy.timeout),
        "retry_count": policy.retry.count,
        "retry_delay_seconds": plain_seconds(policy.retry.delay),
        "retry_backoff": policy.retry.backoff,
        "retry_max_delay_seconds": plain_seconds(policy.retry.max_delay),
        "retry_jitter": policy.retry.jitter,
        "priority": policy.priority,
        "overlap": policy.overlap,
        "misfire": policy.misfire,
        "misfire_grace_seconds": plain_seconds(policy.misfire_grace),
        "misfire_window_seconds": plain_seconds(policy.misfire_window),
        "misfire_cap": policy.misfire_cap,
        "pause_after_failures": policy.pause_after_failures,
        "start_within_seconds": plain_seconds(policy.start_within),
        "keep_days": days(policy.keep_for),
        "keep_count": policy.keep_count,
    }


def _pause_fields(view: JobView) -> dict[str, Any]:
    pause = view.job.pause
    return {
        "is_paused": pause is not None,
        "paused_at": pause and pause.since,
        "paused_until": pause and pause.until,
        "paused_by": pause and pause.by,
        "pause_note": pause and pause.note,
    }


class _JobRows(Shape):
    jobs: list[JobOut]
    total: int
    enabled_count: int
    disabled_count: int
    running_count: int


class JobList(CursorPaging, _JobRows):
    """Jobs, the newest first; the counts are of all jobs that the filter finds."""
