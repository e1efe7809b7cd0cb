"""Task functions and job types, as the API shows them."""

from typing import Any, Self

from pydantic import Field

from orario.api.schemas.base import Moment, Paging, Shape
from orario.core.scheduleconfig import KINDS
from orario.store.tasks import TaskView


class TaskFunctionOut(Shape):
    """A registered function that jobs may name."""

    id: int
    name: str
    display_name: str
    description: str | None
    handler_path: str
    handler_type: str = Field(description="How it runs: loop, thread, process, or as its app says.")
    queue: str
    default_timeout_seconds: int | float | None
    is_active: bool = Field(description="Whether jobs of it are accepted.")
    is_system: bool = Field(description="Whether its jobs are protected from deletion.")
    created_at: Moment
    # Up to here as documented by seed 004.
    app: str
    args_schema: dict[str, Any] = Field(description="The JSON schema of `taskArgs`.")

    @classmethod
    def of(cls, one: TaskView) -> Self:
        return cls(
            id=one.id,
            name=one.name,
            display_name=one.display_name,
            description=one.description,
            handler_path=one.handler_path,
            handler_type=one.handler_type,
            queue=one.queue,
            default_timeout_seconds=one.default_timeout_seconds,
            is_active=one.is_active,
            is_system=one.is_system,
            created_at=one.created_at,
            app=one.app,
            args_schema=dict(one.args_schema),
        )


class _TaskFunctionRows(Shape):
    task_functions: list[TaskFunctionOut]
    total: int


class TaskFunctionList(Paging, _TaskFunctionRows):
    """Task functions, by id."""


class JobTypeOut(Shape):
    """A form of schedule; it decides which keys `scheduleConfig` may have."""

    id: int
    name: str
    display_name: str
    description: str


_DESCRIPTIONS = {
    "interval": "Run at fixed time intervals",
    "cron": "Run on cron schedule",
    "once": "Run once, at a given moment",
    "on_demand": "Run only when asked to",
}
JOB_TYPES = [
    JobTypeOut(id=id, name=name, display_name=name.replace("_", " ").capitalize(), description=_DESCRIPTIONS[name])
    for id, name in KINDS.items()
]
TYPE_IDS = {name: id for id, name in KINDS.items()}
