"""What people send about jobs: the bodies of the native API, and the entries of a YAML file."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from orario.core.policy import Backoff, Misfire, Overlap
from orario.core.schedule import Dst
from orario.core.scheduleconfig import KINDS
from orario.service.fields import (
    CalendarName,
    Day,
    Document,
    Flag,
    Id,
    Name,
    Note,
    QueueName,
    Seconds,
    Share,
    Slug,
    SomeDays,
    SomeSeconds,
    Time,
    Tree,
    Zone,
)

__all__ = [
    "BackfillDocument",
    "BulkDocument",
    "JobChanges",
    "JobDocument",
    "JobFields",
    "JobManifest",
    "PauseDocument",
    "SchedulePreviewDocument",
    "StatusDocument",
    "TriggerDocument",
]

_LONGEST_RETRY_WAIT = 7 * 86_400
RetryWait = Annotated[Seconds, Field(le=_LONGEST_RETRY_WAIT)]
Count = Annotated[StrictInt, Field(ge=1, le=100_000)]
KeepCount = Annotated[StrictInt, Field(ge=1, le=1_000_000_000)]


class JobFields(Document):
    """What may be said of a job; what is left out is as its task's code has it, or as usual."""

    slug: Slug | None = Field(None, description="Short name for addresses and files; made from the name if left out.")
    description: Note | None = Field(None, description="What it is for.")
    task_args: Tree | None = Field(None, description="Named arguments, checked against the function's type hints.")
    queue: QueueName | None = Field(None, description="Line in which its executions wait; by default the task's.")
    timezone: Zone | None = Field(None, description="Zone of its schedule; by default ORARIO_TIMEZONE.")
    dst_policy: Dst = Field(Dst.DEBIAN, description="What happens to wall times that are skipped or shown twice.")
    start_at: Time | None = Field(None, description="Nothing fires before; without a zone it is in the job's.")
    end_at: Time | None = Field(None, description="Nothing fires after.")
    jitter_seconds: Annotated[Seconds, Field(le=86_400)] = Field(
        0, description="Spreads jobs: each fires later by a share of this that is always the same."
    )
    exclude_dates: list[Day] = Field(
        default_factory=list, max_length=1000, description="Dates, in the job's zone, on which nothing fires."
    )
    exclude_calendars: list[CalendarName] = Field(
        default_factory=list, max_length=20, description="Calendars on whose dates nothing fires."
    )
    max_instances: Annotated[StrictInt, Field(ge=1, le=100_000)] = Field(
        1, description="How many of its executions run at once."
    )
    overlap: Overlap = Field(Overlap.SKIP, description="What happens to an execution that is one too many.")
    misfire: Misfire = Field(Misfire.LATEST, description="Which moments run late, when nobody could attend to them.")
    misfire_grace_seconds: Seconds = Field(1, description="Up to so much later a moment counts as on time.")
    misfire_window_seconds: Seconds = Field(86_400, description="How far back the misfire policy `all` reaches.")
    misfire_cap: Annotated[StrictInt, Field(ge=1, le=10_000)] = Field(
        100, description="How many late moments the misfire policy `all` opens at once."
    )
    timeout_seconds: SomeSeconds | None = Field(None, description="Of each attempt; by default the task's.")
    retry_count: Annotated[StrictInt, Field(ge=0, le=1000)] = Field(
        0, description="How often a failed attempt is tried again."
    )
    retry_delay_seconds: RetryWait = Field(60, description="How long to wait before that.")
    retry_backoff: Backoff = Field(Backoff.FIXED, description="How that wait grows from attempt to attempt.")
    retry_max_delay_seconds: RetryWait = Field(_LONGEST_RETRY_WAIT, description="How far it may grow.")
    retry_jitter: Share = Field(0, description="The share of the wait, from 0 to 1, that chance may add.")
    priority: Annotated[StrictInt, Field(ge=-1000, le=1000)] = Field(0, description="Higher goes first in its queue.")
    pause_after_failures: Count | None = Field(None, description="Pause the job after so many failures in a row.")
    start_within_seconds: SomeSeconds | None = Field(
        None, description="An execution that waited longer is missed; by default it waits for ever."
    )
    keep_days: SomeDays | None = Field(
        None, description="How long its ended executions are kept; by default as ORARIO_RETENTION_DAYS says."
    )
    keep_count: KeepCount | None = Field(
        None, description="How many of them are kept, the newest; by default as ORARIO_RETENTION_COUNT says."
    )
    is_enabled: Flag = Field(True, description="Whether its moments become executions.")


class JobDocument(JobFields):
    """A new job."""

    name: Name = Field(description="What people call it.")
    task_function_id: Id = Field(description="The task that it runs, as `/task-functions` numbers it.")
    job_type_id: StrictInt = Field(description=f"{', '.join(f'{id} {kind}' for id, kind in KINDS.items())}.")
    schedule_config: Tree = Field(description="The schedule, in the form that its type takes.")


def _without_defaults(schema: dict[str, Any]) -> None:
    # In a change nothing has a default: what is not sent is not touched.
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class JobChanges(JobFields):
    """What is to be changed of a job; what is left out stays."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    name: Name = ""
    task_function_id: Id = 0
    job_type_id: StrictInt = 0
    schedule_config: Tree = Field(default_factory=dict)


class JobManifest(JobFields):
    """A job in a YAML file: it names its task, so that the file fits any installation."""

    slug: Slug
    name: Name
    task: Name
    job_type: Literal["interval", "cron", "once", "on_demand"]
    schedule_config: Tree


class StatusDocument(Document):
    """Whether a job is enabled."""

    is_enabled: Flag


class PauseDocument(Document):
    """Why a job is held back, and until when."""

    note: Note | None = None
    until: Time | None = None


class TriggerDocument(Document):
    """How a run by hand differs from an ordinary one."""

    task_args: Tree | None = None
    priority: Annotated[StrictInt, Field(ge=-1000, le=1000)] | None = None


class BackfillDocument(Document):
    """A stretch of past moments to run after all."""

    since: Time
    until: Time
    dry_run: Flag = False
    limit: Annotated[StrictInt, Field(ge=1, le=10_000)] = 1000


class SchedulePreviewDocument(Document):
    """A schedule that need not belong to a job."""

    job_type_id: StrictInt
    schedule_config: Tree
    timezone: Zone | None = None
    dst_policy: Dst = Dst.DEBIAN
    start_at: Time | None = None
    end_at: Time | None = None
    exclude_dates: list[Day] = Field(default_factory=list, max_length=1000)
    exclude_calendars: list[CalendarName] = Field(default_factory=list, max_length=20)
    after: Time | None = None
    count: Annotated[StrictInt, Field(ge=1, le=1000)] = 10


class BulkDocument(Document):
    """One action on many jobs."""

    action: Literal["enable", "disable", "pause", "resume", "trigger", "delete"]
    job_ids: list[Name] = Field(min_length=1, max_length=1000, description="Ids or slugs.")
    note: Note | None = None
    until: Time | None = None

    @model_validator(mode="after")
    def _notes_are_for_pauses(self) -> "BulkDocument":
        if self.action != "pause" and (self.note is not None or self.until is not None):
            raise PydanticCustomError("value_error", "note and until belong to the action pause")
        return self


def given(document: Document) -> dict[str, Any]:
    """The fields that were sent, by their names in Python."""
    return {name: getattr(document, name) for name in document.model_fields_set}
