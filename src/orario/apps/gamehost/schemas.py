"""The answers of the documented API, shape by shape."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from orario import Level
from orario.apps.gamehost.words import JobType, RunStatus


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


Time = Annotated[
    datetime,
    PlainSerializer(_iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-20T15:30:00.000Z"]}),
]


class Shape(BaseModel):
    """camelCase, as documented."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


class Running(Shape):
    """Whether a job runs."""

    is_running: bool


class JobsOut(BaseModel):
    """The five jobs, under their names."""

    ExpireServers: Running
    DeleteServers: Running
    SendEmails: Running
    GenerateExpiryEmails: Running
    GenerateDeletionEmails: Running


class StatusOut(Shape):
    """Which jobs run now."""

    timestamp: Time
    jobs: JobsOut


class RunOut(Shape):
    """One run, in short."""

    id: str
    job_type: JobType
    status: RunStatus
    started_at: Time
    ended_at: Time | None
    items_processed: int
    items_total: int
    items_failed: int
    error_message: str | None


class RunsOut(Shape):
    """The recent runs."""

    timestamp: Time
    runs: list[RunOut]


class ServerOut(Shape):
    """The game server that a log line speaks of, as it is now."""

    id: str
    name: str
    status: str


class UserOut(Shape):
    """The user that a log line speaks of."""

    id: str
    name: str
    email: str


class LogOut(Shape):
    """A log line, with what it speaks of."""

    id: int
    job_type: JobType
    job_run: str
    level: Level
    message: str
    details: dict[str, Any] | None
    game_server_id: str | None
    user_id: str | None
    created_at: Time
    game_server: ServerOut | None
    user: UserOut | None


class RunDetailsOut(RunOut):
    """One run with all its log lines."""

    error_stack: str | None
    metadata: dict[str, Any] | None
    logs: list[LogOut]


class Figures(Shape):
    """What a run did."""

    processed: int
    total: int
    failed: int


class Done(Shape):
    """A triggered run that ended well."""

    timestamp: Time
    success: Literal[True] = True
    result: Figures


class NotDone(Shape):
    """A trigger that came to nothing, or a run that failed."""

    timestamp: Time
    success: Literal[False] = False
    error: str


class NotFoundOut(BaseModel):
    """There is no such run."""

    error: Literal["Job run not found"] = "Job run not found"
