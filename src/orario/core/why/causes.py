"""The causes that `why` names, and the answer that they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from orario.core.planning import Gap


class Verdict(StrEnum):
    """What became of the moment that was asked about."""

    RAN = "ran"
    RAN_LATE = "ran_late"
    RUNNING = "running"
    WAITING = "waiting"  # due, and not yet started
    DID_NOT_RUN = "did_not_run"  # its schedule has this moment
    NOT_DUE = "not_due"  # its schedule does not have it
    COMING = "coming"
    HELD = "held"  # nobody named a time, and the job does not fire


class Kind(StrEnum):
    """The word for a cause, for programs."""

    DUE = "due"
    MANUAL = "manual"
    RERUN = "rerun"
    BACKFILL = "backfill"

    NOT_SCHEDULED = "not_scheduled"
    ON_DEMAND = "on_demand"
    BEFORE_START = "before_start"
    AFTER_END = "after_end"
    EXCLUDED = "excluded"
    JITTER = "jitter"
    CLOCK_CHANGE = "clock_change"  # daylight saving
    CLOCK_SET = "clock_set"  # by somebody, or by a correction
    EDITED = "edited"
    CREATED_LATER = "created_later"
    DELETED = "deleted"

    PAUSED = "paused"
    DISABLED = "disabled"
    BROKEN = "broken"
    INACTIVE_TASK = "inactive_task"
    LEADER_GAP = "leader_gap"
    MISFIRE = "misfire"
    NO_RECORD = "no_record"

    OVERLAP = "overlap"
    LIMIT = "limit"
    QUEUE_PAUSED = "queue_paused"
    QUEUE_FULL = "queue_full"
    EXECUTOR_FULL = "executor_full"
    NO_INSTANCE = "no_instance"
    HANDED_OVER = "handed_over"  # to Celery, and no worker has taken it
    WAITED = "waited"
    TOO_LATE = "too_late"

    RUNNING = "running"
    RETRY = "retry"
    CARRIER_LOST = "carrier_lost"
    CANCELLED = "cancelled"
    FAILED = "failed"
    TIMEOUT = "timeout"

    FUTURE = "future"
    ENDED = "ended"  # its schedule has no moment left


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason: `clause` fits after a colon, the other values are for programs."""

    kind: Kind
    clause: str
    since: datetime | None = None
    until: datetime | None = None
    by: str | None = None
    note: str | None = None
    execution_id: UUID | None = None
    instance_id: UUID | None = None

    @property
    def sentence(self) -> str:
        return f"{self.clause[:1].upper()}{self.clause[1:]}."


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a moment, and why: the causes in the order in which they worked, the decisive one first."""

    job_id: UUID
    job: str
    timezone: str
    moment: datetime | None  # None: there is none to speak of
    verdict: Verdict
    headline: str
    causes: Sequence[Cause]
    execution_id: UUID | None = None
    gap: Gap | None = None
    before: datetime | None = None  # the nearest moments of its schedule
    after: datetime | None = None

    @property
    def sentence(self) -> str:
        said = "; ".join(cause.clause for cause in self.causes)
        return f"{self.headline}: {said}." if said else f"{self.headline}."
