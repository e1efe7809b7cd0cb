"""The calendar of fires: what comes on each day of the week ahead, and the calendars of dates that jobs leave out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from starlette.responses import Response

from orario.core.errors import Conflict, invalid
from orario.dashboard.moments import local, zone
from orario.dashboard.navigation import Link
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.forecasts import DAYS, Forecast

pages = Pages()

_MINUTE = timedelta(minutes=1)
_OFTEN = 4  # times in an hour


class Minute(NamedTuple):
    """What fires in one minute: some of the names, and how many there are."""

    clock: str
    names: list[str]
    more: int


class Hour(NamedTuple):
    """One hour of a day, on the reader's wall: what comes seldom minute by minute, what comes often counted."""

    label: str
    minutes: list[Minute]
    often: Mapping[str, int]


class Often(NamedTuple):
    """A job that comes again and again: how often in an hour, and in which hours unless in all."""

    name: str
    times: int
    since: str
    until: str


@pages.get("/calendar", link=Link("Calendar", "calendar", 40))
def calendar(view: View) -> Response:
    """A day of the week ahead."""
    today = local(view.now, view.zone).date()
    days = [today + timedelta(days=number) for number in range(DAYS)]
    chosen = view.query.get("day", "")
    day = next((one for one in days if one.isoformat() == chosen), today)
    calendars = view.services.schedules.calendars()
    return view.render("calendar.html", days=days, day=day, today=today, calendars=calendars)


@pages.region("calendar.day", "calendar/day.html", every=30.0)
def fill(scene: Scene) -> Mapping[str, Any]:
    """The hours of the day that the key names."""
    forecast = scene.services.overview.forecasts.look()
    day = date.fromisoformat(scene.key)
    hours = None if forecast is None else _with_begun(list(_hours(forecast, day, scene)))
    even = 0.0 if forecast is None else forecast.even
    return {"hours": hours, "even": even, "day": day, "often": list(_often(hours or []))}


@pages.get("/calendar/dates", role=Role.ADMIN)
def ask_for_dates(view: View) -> Response:
    """Which dates?"""
    name = view.query.get("name", "")[:100]
    found = next((one for one in view.services.schedules.calendars() if one.name == name), None)
    text = "" if found is None else "\n".join(one.isoformat() for one in sorted(found.dates))
    note = "" if found is None else found.description or ""
    return view.render("asking/calendar.html", name=name, is_new=found is None, dates=text, note=note)


@pages.post("/calendar/dates", role=Role.ADMIN)
def put_dates(view: View) -> Response:
    """Write a calendar; the jobs that leave its dates out follow at once."""
    name = view.form["name"].strip()
    dates = [_date(line) for line in view.form["dates"].split() if line.strip(",;")]
    view.services.schedules.put_calendar(name, view.form["note"].strip() or None, dates, view.actor)
    return view.done(f"The calendar {name} has {len(set(dates)):,} dates.", "/calendar", go=True)


@pages.post("/calendar/dates/{name}/delete", role=Role.ADMIN)
def delete_dates(view: View) -> Response:
    """Forget a calendar that no job names."""
    name = view.path("name")
    try:
        view.services.schedules.delete_calendar(name, view.actor)
    except Conflict as error:
        return view.done(error.message, "/calendar", "bad", go=True)
    return view.done(f"The calendar {name} is forgotten.", "/calendar", go=True)


def _hours(forecast: Forecast, day: date, scene: Scene) -> Iterator[Hour]:
    """Hour by hour of elapsed time, so that a day on which the clocks change has 23 or 25 of them."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone(scene.zone)).timestamp()
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=zone(scene.zone)).timestamp()
    utc = scene.now.tzinfo
    for second in range(int(start), int(end), 3600):
        since = datetime.fromtimestamp(second, utc)
        until = since + timedelta(hours=1)
        if until <= scene.now:
            continue
        found = list(_minutes(forecast, since, until, scene.zone))
        counts = Counter(name for minute in found for name in minute.names)
        often = {name: count for name, count in counts.most_common() if count >= _OFTEN}
        rest = (_without(minute, set(often)) for minute in found)
        label = f"{local(since, scene.zone):%H:%M}"
        yield Hour(label, [minute for minute in rest if minute.names or minute.more], often)


def _with_begun(hours: list[Hour]) -> list[Hour]:
    """The hour that is under way has few moments left: what comes often in the next one comes often in it."""
    if len(hours) < 2:
        return hours
    first, often = hours[0], set(hours[1].often)
    rest = (_without(minute, often) for minute in first.minutes)
    counts = {name: count for name, count in hours[1].often.items() if name not in first.often}
    whole = Hour(first.label, [one for one in rest if one.names or one.more], {**first.often, **counts})
    return [whole, *hours[1:]]


def _often(hours: Sequence[Hour]) -> Iterator[Often]:
    """What comes again and again, the most frequent first: said once, not in every hour."""
    within: dict[str, list[Hour]] = {}
    for hour in hours:
        for name in hour.often:
            within.setdefault(name, []).append(hour)
    for name, found in sorted(within.items(), key=lambda one: -max(hour.often[one[0]] for hour in one[1])):
        is_all = len(found) == len(hours)
        since, until = ("", "") if is_all else (found[0].label, found[-1].label)
        yield Often(name, max(hour.often[name] for hour in found), since, until)


def _minutes(forecast: Forecast, since: datetime, until: datetime, zone: str) -> Iterator[Minute]:
    first = max((since - forecast.start) // _MINUTE, 0)
    for at in range(first, min((until - forecast.start) // _MINUTE, len(forecast.minutes))):
        if count := forecast.minutes[at]:
            names = forecast.names.get(at, [])
            clock = f"{local(forecast.start + at * _MINUTE, zone):%H:%M}"
            yield Minute(clock, names, count - len(names))


def _without(minute: Minute, often: set[str]) -> Minute:
    return minute._replace(names=[name for name in minute.names if name not in often])


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip(",;"))
    except ValueError:
        raise invalid("dates", message=f"{text[:20]!r} is no date; write them as 2030-12-25, one a line") from None
