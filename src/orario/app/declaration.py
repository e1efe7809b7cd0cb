"""A job as the code of its app declares it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from orario.core.policy import Policy
from orario.core.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A job as its app's code declares it."""

    slug: str
    name: str
    description: str | None
    app: str
    task: str
    args: Mapping[str, Any]
    queue: str
    schedule: Schedule
    timezone: str | None
    start: datetime | None = None
    end: datetime | None = None
    jitter: timedelta = timedelta(0)
    excluded_dates: frozenset[date] = frozenset()
    calendars: tuple[str, ...] = ()
    policy: Policy
    is_enabled: bool = True
