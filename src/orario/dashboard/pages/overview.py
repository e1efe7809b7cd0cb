"""The first page: everything at a glance, each part alive for itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.responses import Response

from orario.core.execution import State
from orario.dashboard import moments
from orario.dashboard.charts import Bar, Cell, Row
from orario.dashboard.navigation import Link
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.forecasts import Forecast
from orario.service.overview import Brief
from orario.service.trends import Quarter

pages = Pages()

_HOUR = timedelta(hours=1)
_QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)
_AHEAD = 96
_MOST = 7  # lines of a list
_LOOKED_THROUGH = 200
_TONES = (
    ("good", (State.SUCCESS,)),
    ("busy", (State.RUNNING, State.PENDING)),
    ("warn", (State.SKIPPED, State.MISSED, State.CANCELLED)),
    ("bad", (State.FAILED, State.TIMEOUT)),
)


@pages.get("/", link=Link("Overview", "overview", 10))
def overview(view: View) -> Response:
    """Everything at a glance."""
    return view.render("overview.html")


@pages.post("/looked", role=Role.VIEWER)
def looked(view: View) -> Response:
    """What has failed until now is known."""
    view.services.users.looked(view.signed_in.user.id)
    return view.done("What failed until now counts as seen.", "/", go=True)


@pages.region("overview.figures", "overview/figures.html", every=1.0)
def figures(scene: Scene) -> Mapping[str, Any]:
    services = scene.services
    return {
        "status": scene.once("status", services.cluster.status),
        "trend": services.overview.trends.look(),
        "facets": services.listing.facets(age=4.0),
    }


@pages.region("overview.running", "overview/running.html", every=1.0)
def running(scene: Scene) -> Mapping[str, Any]:
    return {"runs": scene.services.overview.running()}


@pages.region("overview.failed", "overview/failed.html", every=2.0, is_personal=True)
def failed(scene: Scene) -> Mapping[str, Any]:
    found = scene.services.users.get(str(scene.person.user.id)).looked_at
    runs = scene.services.overview.failed(found or scene.now - _DAY, _LOOKED_THROUGH)
    return {"runs": runs, "bunches": _bunches(runs.items)}


@pages.region("overview.lacking", "overview/lacking.html", every=3.0)
def lacking(scene: Scene) -> Mapping[str, Any]:
    lack = scene.services.overview.lacking(_LOOKED_THROUGH)
    return {"lack": lack, "bunches": _bunches(lack.dropped), "most": _MOST}


@pages.region("overview.coming", "overview/coming.html", every=2.0)
def coming(scene: Scene) -> Mapping[str, Any]:
    return {"coming": scene.services.overview.coming()}


@pages.region("overview.instances", "overview/instances.html", every=3.0)
def instances(scene: Scene) -> Mapping[str, Any]:
    return {"status": scene.once("status", scene.services.cluster.status)}


@pages.region("overview.trends", "overview/trends.html", every=15.0)
def trends(scene: Scene) -> Mapping[str, Any]:
    trend = scene.services.overview.trends.look()
    hours = [] if trend is None else _hours(trend.quarters, scene.zone)
    return {
        "is_ready": trend is not None,
        "trend": trend,
        "rates": [bar for bar, _ in hours],
        "lags": [lag for _, lag in hours],
        "longest": max((lag or 0 for _, lag in hours), default=0),
    }


@pages.region("overview.timeline", "overview/timeline.html", every=15.0)
def timeline(scene: Scene) -> Mapping[str, Any]:
    trend, forecast = scene.services.overview.trends.look(), scene.services.overview.forecasts.look()
    past = [] if trend is None else [_past(one, scene.zone) for one in trend.quarters]
    is_ready = trend is not None and forecast is not None
    return {
        "past": past,
        "ahead": _ahead(forecast, scene),
        "forecast": forecast,
        "trend": trend,
        "is_ready": is_ready,
    }


@pages.region("overview.week", "overview/week.html", every=60.0)
def week(scene: Scene) -> Mapping[str, Any]:
    forecast = scene.services.overview.forecasts.look()
    rows = [] if forecast is None else _days(forecast, scene)
    columns = [str(hour) if hour % 3 == 0 else "" for hour in range(24)]
    return {"forecast": forecast, "rows": rows, "columns": columns, "is_ready": forecast is not None}


def _bunches(found: Sequence[Brief]) -> list[tuple[Brief, int]]:
    """The newest of each job that ended in the same way, and how many there are."""
    counts: dict[tuple[UUID, str, State], int] = {}
    firsts: dict[tuple[UUID, str, State], Brief] = {}
    for one in found:
        key = (one.job_id, one.error_message or one.reason or "", one.state)
        firsts.setdefault(key, one)
        counts[key] = counts.get(key, 0) + 1
    return [(firsts[key], count) for key, count in counts.items()][:_MOST]


def _past(quarter: Quarter, zone: str) -> Bar:
    parts = {tone: sum(quarter.counts.get(state, 0) for state in states) for tone, states in _TONES}
    told = ", ".join(f"{count:,} {state}" for state, count in quarter.counts.items() if count) or "nothing"
    return Bar(parts, f"{_clock(quarter.start, zone)}: {told}")


def _ahead(forecast: Forecast | None, scene: Scene) -> list[Bar]:
    if forecast is None:
        return []
    found = []
    for at in range(_AHEAD):
        start = forecast.start + at * _QUARTER
        peak = forecast.peak(start, start + _QUARTER)
        title = f"{_clock(start, scene.zone)}: {moments.number(round(peak.fires))} due"
        found.append(Bar({"calm": peak.fires}, title, mark="ahead"))
    return found


def _hours(quarters: Sequence[Quarter], zone: str) -> list[tuple[Bar, float | None]]:
    """Outcomes and average lag, hour by hour."""
    found = []
    for start in range(0, len(quarters), 4):
        some = quarters[start : start + 4]
        good, bad = (sum(one.counts.get(state, 0) for one in some for state in states) for states in _ENDS)
        lags, total = sum(one.lags for one in some), sum(one.lag_total for one in some)
        share = f"{good / (good + bad):.1%} of {good + bad:,} succeeded" if good + bad else "nothing ended"
        parts = {"bad": bad / (good + bad) * 100, "good": good / (good + bad) * 100} if good + bad else {}
        found.append((Bar(parts, f"{_clock(some[0].start, zone)}: {share}"), total / lags if lags else None))
    return found


_ENDS = ((State.SUCCESS,), (State.FAILED, State.TIMEOUT))


def _days(forecast: Forecast, scene: Scene) -> list[Row]:
    """A row for each day on the reader's wall, a field for each hour of it."""
    first = moments.local(scene.now, scene.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    for day in range(7):
        midnight = (first + timedelta(days=day)).replace(fold=0)
        cells = [_cell(forecast, midnight + hour * _HOUR, scene) for hour in range(24)]
        rows.append(Row(f"{midnight:%a} {midnight.day}", cells))
    return rows


def _cell(forecast: Forecast, wall: datetime, scene: Scene) -> Cell:
    start = wall.astimezone(forecast.start.tzinfo)
    peak = forecast.peak(max(start, forecast.start), start + _HOUR)
    when = f"{wall:%a} {wall.day}, {wall:%H}:00"
    if peak.fires <= 0:
        return Cell(0, f"{when}: nothing")
    named = f": {', '.join(peak.names)}" if peak.names else ""
    most = f"most at once {moments.number(round(peak.most, 1))} at {moments.local(peak.at, scene.zone):%H:%M}{named}"
    return Cell(peak.most, f"{when}: {moments.number(round(peak.fires))} due, {most}")


def _clock(moment: datetime, zone: str) -> str:
    return f"{moments.local(moment, zone):%a %H:%M}"
