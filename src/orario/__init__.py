"""The public face of Orario: what an app is written with."""

from orario.app import App
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
from orario.core.execution import Level, State, Trigger
from orario.core.policy import Backoff, Misfire, Overlap, Retry
from orario.core.schedule import At, Cron, Dst, Every, OnDemand, Schedule
from orario.executors.contained import Finished, run_contained
from orario.executors.context import Context

__all__ = [
    "App",
    "At",
    "AttemptEnded",
    "Backoff",
    "Cancelled",
    "Conflict",
    "Context",
    "Cron",
    "Dst",
    "Every",
    "Fenced",
    "Finished",
    "Forbidden",
    "GiveUp",
    "Invalid",
    "Level",
    "Misconfigured",
    "Misfire",
    "NotAuthenticated",
    "NotFound",
    "OnDemand",
    "OrarioError",
    "Outdated",
    "Overlap",
    "Problem",
    "Refused",
    "Retry",
    "Schedule",
    "State",
    "Trigger",
    "run_contained",
]
