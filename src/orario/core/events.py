"""What happens in the ledger, as values that listeners are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from orario.core.execution import Outcome, Progress, State
from orario.core.planning import Gap


class Ended(NamedTuple):
    """An attempt has ended, with what became of its execution; a tuple, for every firing makes one.

    Listeners hear of final states only; a retry is not yet an end.
    """

    execution_id: UUID
    job_id: UUID
    token: UUID
    attempt: int
    carrier: UUID | None
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    progress: Progress
    metadata: Mapping[str, Any] | None
    state: State
    due_at: datetime | None  # when the next attempt may start, if the state is pending
    task: str = ""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """An execution ended unstarted: skipped (overlap) or missed (too late)."""

    execution_id: UUID
    job_id: UUID
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Due moments passed without becoming executions, though nobody wanted that."""

    job_id: UUID
    gap: Gap


@dataclass(frozen=True, slots=True)
class Broken:
    """A job cannot run any more until somebody mends it."""

    job_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class InstanceLost:
    """An instance went silent and was given up."""

    instance_id: UUID
    hostname: str
    why: str


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The leader's clock was set: forward, or back if `by` is negative."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class Round:
    """Told by every instance about once a second, for what is found by looking: slow, late, large."""

    instance_id: UUID
    leads: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """An app has something to tell people, in its own words. `about` names it: the same is told once.

    `severity` is one of info, warning, error and critical.
    """

    app: str
    about: str
    sentence: str
    severity: str = "warning"
    error: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    job_id: UUID | None = None
    execution_id: UUID | None = None


Event = Ended | TurnedAway | Dropped | Broken | InstanceLost | ClockStepped | Round | Said


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something is wrong with the ledger itself, so that it cannot carry the news; `since` when is known.

    `kind` is a word for programs (`frozen`, `database`, ...); when it is over, the same kind is told with `is_over`.
    """

    kind: str
    sentence: str
    since: datetime
    is_over: bool = False
