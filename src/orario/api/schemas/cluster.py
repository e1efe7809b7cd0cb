"""The scheduler's status, figures and queues, as the API shows them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StrictInt

from orario.api.schemas.base import Moment, Shape
from orario.core.execution import State
from orario.service.cluster import ClusterView, InstanceView, QueueView
from orario.service.executions import Stats
from orario.service.fields import Document, Flag


class InstanceOut(Shape):
    """One Orario process."""

    id: UUID
    hostname: str
    pid: int
    is_leader: bool
    leader_since: Moment | None
    last_heartbeat: Moment
    started_at: Moment
    version: str
    # Up to here as documented by seed 004.
    is_alive: bool = Field(description="Whether its heartbeat is fresh.")

    @classmethod
    def of(cls, one: InstanceView) -> Self:
        return cls(
            id=one.id,
            hostname=one.hostname,
            pid=one.pid,
            is_leader=one.is_leader,
            leader_since=one.leader_since,
            last_heartbeat=one.last_heartbeat,
            started_at=one.started_at,
            version=one.version,
            is_alive=one.is_alive,
        )


class NextJobOut(Shape):
    """The job that fires next."""

    id: UUID
    name: str
    next_run_time: Moment


class StatusOut(Shape):
    """How everything stands."""

    is_running: bool = Field(description="Whether a living instance leads, so that jobs fire.")
    leader_instance: InstanceOut | None
    total_jobs: int
    enabled_jobs: int
    running_jobs: int
    next_scheduled_job: NextJobOut | None
    instances: list[InstanceOut]
    # Up to here as documented by seed 004.
    running_executions: int
    pending_executions: int

    @classmethod
    def of(cls, view: ClusterView) -> Self:
        following = view.next_job
        return cls(
            is_running=view.is_running,
            leader_instance=None if view.leader is None else InstanceOut.of(view.leader),
            total_jobs=view.total_jobs,
            enabled_jobs=view.enabled_jobs,
            running_jobs=view.running_jobs,
            next_scheduled_job=following
            and NextJobOut(id=following.job.id, name=following.job.name, next_run_time=following.next_at),
            instances=[InstanceOut.of(one) for one in view.instances],
            running_executions=view.running_executions,
            pending_executions=view.pending_executions,
        )


class StatsOut(Shape):
    """How executions went over a stretch of time."""

    since: Moment | None
    counts: dict[State, int]
    total: int
    average_duration_seconds: float | None = Field(description="Of those that succeeded.")
    longest_duration_seconds: float | None
    is_complete: bool = Field(description="False: there were too many; `since` is where the newest of them begin.")

    @classmethod
    def of(cls, one: Stats) -> Self:
        return cls(
            since=one.since,
            counts=one.counts,
            total=one.total,
            average_duration_seconds=one.average_seconds,
            longest_duration_seconds=one.longest_seconds,
            is_complete=one.is_complete,
        )


class QueueDocument(Document):
    """How a queue is to be; what is left out stays."""

    width: Annotated[StrictInt, Field(ge=1, le=100_000)] | None = None
    is_paused: Flag | None = None
    executor: Literal["local", "celery"] | None = None


class QueueOut(Shape):
    """A line in which executions wait."""

    name: str
    width: int = Field(description="How many of its executions run at once, over all instances.")
    executor: str = Field(description="Who carries its executions: `local`, the servers; `celery`, Celery's workers.")
    is_paused: bool
    running: int
    pending: int
    handed_over: int = Field(description="Of those that wait, handed to Celery; no worker has taken them yet.")

    @classmethod
    def of(cls, one: QueueView) -> Self:
        return cls(
            name=one.name,
            width=one.width,
            executor=one.executor,
            is_paused=one.is_paused,
            running=one.running,
            pending=one.pending,
            handed_over=one.handed_over,
        )


class QueueList(Shape):
    """The queues, by name."""

    queues: list[QueueOut]
    total: int
