"""What the ledger, the audit and the instances know of one moment: all that a judgement rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from orario.core.execution import Attempt, Execution
from orario.core.planning import Gap
from orario.core.policy import Policy
from orario.core.timetable import Timetable
from orario.core.why.asked import Asked


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """Somebody, or something, held a job or a queue back; `until` is when that ended, or is to end."""

    since: datetime | None = None  # None: nobody remembers
    until: datetime | None = None
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A change of the rule of time."""

    at: datetime
    by: str | None
    fields: Sequence[str]
    timetable: Timetable | None  # the rule on the other side of the change


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a job was defined, and what held it back, at the moment in question."""

    timetable: Timetable
    policy: Policy
    calendars: Sequence[tuple[str, frozenset[date]]] = ()  # by name, with their dates
    disabled: Hold | None = None
    paused: Hold | None = None
    broken: Hold | None = None
    edited_before: Edit | None = None  # the last one up to the moment, with the rule before it
    edited_after: Edit | None = None  # the first one after it, with the rule that it brought

    @property
    def is_held(self) -> bool:
        return any((self.disabled, self.paused, self.broken))


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """An execution that held a place in a line."""

    execution_id: UUID
    job: str
    since: datetime
    until: datetime | None  # None: it still does
    instance_id: UUID | None
    instance: str  # how people call it


@dataclass(frozen=True, kw_only=True)
class Line:
    """What stood between an execution and its start at one instant."""

    at: datetime
    of_job: Sequence[Place]
    limit: int
    queue: str
    of_queue: Sequence[Place]
    width: int
    mode: str
    of_mode: Sequence[Place]
    room: int
    ahead: int = 0  # executions that go first
    queue_paused: Hold | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A stretch in which nobody looked at the clock."""

    since: datetime | None
    until: datetime | None  # None: it goes on
    led: str | None = None  # the instance that led when it began
    leads: str | None = None  # the one that ended it
    leads_id: UUID | None = None
    is_clock_set: bool = False  # no time passed: the clock was set forward


@dataclass(frozen=True, slots=True)
class Message:
    """What was written to Celery's workers; None: it is still to be sent."""

    sent_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Story:
    """One execution with all that happened to it."""

    execution: Execution
    attempts: Sequence[Attempt] = ()
    carriers: dict[UUID, str] = field(default_factory=dict)  # instances as people call them
    cancelled_by: str | None = None
    turned_away: Line | None = None  # when it was skipped or missed
    lines: Sequence[Line] = ()  # while it waited for its first start, or now if it waits
    is_again: bool = False  # the second pass of a moment, after the clock was set back
    dropped: int = 0  # moments for which it ran late, besides its own
    is_entrusted: bool = False  # to a Celery application of its own
    message: Message | None = None  # while it waits for one of Celery's workers


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that is known, read in one look."""

    now: datetime
    asked: Asked
    is_named: bool  # somebody named the time; else it is the latest moment
    moment: datetime | None
    job_id: UUID
    slug: str
    timezone: str
    sentence: str  # the schedule in words
    created_at: datetime
    created_by: str | None
    deleted: Hold | None
    standing: Standing
    story: Story | None = None
    gap: Gap | None = None
    gap_recorded_at: datetime | None = None
    gap_edited: Edit | None = None  # the change by which the moment fell into the gap
    instead: Execution | None = None  # the late run that stood for the moments of the gap
    position: datetime  # up to here all is in the ledger
    next_at: datetime | None
    silence: Silence | None = None
    set_back: tuple[datetime, datetime] | None = None  # the clock was set from the first to the second
    has_leader: bool = True
    task_problem: str | None = None
    jitter: timedelta = timedelta(0)
