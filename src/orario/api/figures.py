"""Figures for charts: day by day, also of what is forgotten."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from orario.api.queries import Since
from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.figures import DailyOut, DayOut
from orario.core.errors import invalid
from orario.service.people import Role
from orario.web.access import require
from orario.web.depends import Clock, Executions

router = NativeRouter(tags=["scheduler"], responses=ALWAYS, dependencies=[require(Role.VIEWER)])

_A_MONTH, _LONGEST = timedelta(days=29), timedelta(days=1100)


@router.get("/stats/daily", responses=errors(404, 422))
def get_daily_stats(
    executions: Executions,
    clock: Clock,
    job: Annotated[str | None, Query(max_length=100, description="Of this job only, by id or slug.")] = None,
    since: Annotated[Since | None, Query(description="From this day on; by default thirty days.")] = None,
    until: Annotated[Since | None, Query(description="Up to and with this day; by default today.")] = None,
) -> DailyOut:
    """Tell day by day, in UTC, how executions went; those that retention has forgotten are in the figures."""
    last = until or clock.now()
    first = since or last - _A_MONTH
    if not timedelta(0) <= last.date() - first.date() <= _LONGEST:
        raise invalid("since", message=f"lies before `until`, by at most {_LONGEST.days} days")
    rows = [DayOut.of(day) for day in executions.daily(first.date(), last.date(), job)]
    return DailyOut(days=rows, total=len(rows))
