"""The public face of Orario: what an app is written with."""

from orario.app import App, Demo, Init, Ledger, Setup, StandIn
from orario.app.pages import Asked
from orario.core.errors import (
    AttemptEnded,
    Cancelled,
    Conflict,
    Fenced,
    Forbidden,
    GiveUp,
    Invalid,
    Misconfigured,
    NotAuthenticated,
    NotFound,
    OrarioError,
    Outdated,
    Problem,
    Refused,
)
from orario.core.events import (
    Alarm,
    Broken,
    ClockStepped,
    Dropped,
    Ended,
    Event,
    InstanceLost,
    Round,
    Said,
    TurnedAway,
)
from orario.core.execution import Execution, Level, LogLine, State, Trigger
from orario.core.job import Job
from orario.core.masking import Masker
from orario.core.planning import Gap, Reason
from orario.core.policy import Backoff, Misfire, Overlap, Retry
from orario.core.schedule import At, Cron, Dst, Every, OnDemand, Schedule
from orario.core.task import Exposed
from orario.executors.contained import Finished, run_contained
from orario.executors.context import Context
from orario.store.columns import Moment

__all__ = [
    "Alarm",
    "App",
    "Asked",
    "At",
    "AttemptEnded",
    "Backoff",
    "Broken",
    "Cancelled",
    "ClockStepped",
    "Conflict",
    "Context",
    "Cron",
    "Demo",
    "Dropped",
    "Dst",
    "Ended",
    "Event",
    "Every",
    "Execution",
    "Exposed",
    "Fenced",
    "Finished",
    "Forbidden",
    "Gap",
    "GiveUp",
    "Init",
    "InstanceLost",
    "Invalid",
    "Job",
    "Ledger",
    "Level",
    "LogLine",
    "Masker",
    "Misconfigured",
    "Misfire",
    "Moment",
    "NotAuthenticated",
    "NotFound",
    "OnDemand",
    "OrarioError",
    "Outdated",
    "Overlap",
    "Problem",
    "Reason",
    "Refused",
    "Retry",
    "Round",
    "Said",
    "Schedule",
    "Setup",
    "StandIn",
    "State",
    "Trigger",
    "TurnedAway",
    "run_contained",
]
