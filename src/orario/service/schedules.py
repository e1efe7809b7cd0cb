"""Schedules that need not belong to a job: previews, and calendars."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from orario.core.errors import Conflict, Invalid, NotFound, Problem, invalid
from orario.core.hygiene import check_text
from orario.core.schedule import Schedule
from orario.core.timetable import Timetable
from orario.core.wording import describe
from orario.core.zones import changes_ahead
from orario.service.actors import Actor
from orario.service.defining import moment_of_text, schedule_of
from orario.service.documents import SchedulePreviewDocument, given
from orario.service.fields import CalendarName
from orario.service.tools import Tools
from orario.store import calendars, jobs
from orario.store.calendars import Calendar
from orario.store.rescheduling import reschedule
from orario.store.wake import Topic

__all__ = ["Calendar", "ClockChange", "Preview", "Schedules"]

_MOST_DATES = 10_000
_NAME: TypeAdapter[str] = TypeAdapter(CalendarName)


@dataclass(frozen=True)
class ClockChange:
    """A moment at which the zone's clock is set forward or back."""

    at: datetime
    by: timedelta


@dataclass(frozen=True)
class Preview:
    """What a schedule means; one with problems has neither sentence nor moments."""

    sentence: str | None
    moments: list[datetime]
    timezone: str
    clock_changes: list[ClockChange] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Schedules:
    """Reads schedules out, and keeps the calendars."""

    tools: Tools

    def preview(self, document: SchedulePreviewDocument) -> Preview:
        """The schedule in words and its next moments; what is wrong with it is part of the answer."""
        zone = document.timezone or self.tools.settings.timezone
        now = self.tools.clock.now()
        try:
            schedule = schedule_of(given(document), zone, now)
            with self.tools.database.reading() as connection:
                timetable = _timetable(connection, document, schedule, zone)
            after = now if document.after is None else moment_of_text(document.after, zone, "after")
        except Invalid as error:
            return Preview(None, [], zone, problems=list(error.problems))
        moments = list(islice(timetable.fires(after), document.count))
        until = moments[-1] if moments else after
        changes = [ClockChange(at, by) for at, by in changes_ahead(zone, after, until)]
        return Preview(describe(schedule, zone), moments, zone, changes)

    def calendars(self) -> list[Calendar]:
        """All calendars, by name."""
        with self.tools.database.reading() as connection:
            return calendars.everything(connection)

    def put_calendar(self, name: str, description: str | None, dates: Iterable[date], actor: Actor) -> Calendar:
        """Write a calendar, new or not; the jobs that leave its dates out follow at once."""
        _check_name(name)
        days = list(dates)
        if len(days) > _MOST_DATES:
            raise invalid("dates", message=f"a calendar has at most {_MOST_DATES} dates")
        if description is not None:
            check_text(description, "description", lines=True)
        with self.tools.changing(actor, Topic.SCHEDULE, Topic.CHANGED) as change:
            change.hold(*(job.id for job in jobs.naming(change.connection, name)))
            before = calendars.get(change.connection, name)
            users = jobs.naming(change.connection, name)
            names = {one for job in users for one in job.calendars}
            dates_before = calendars.dates(change.connection, names)
            calendar = calendars.put(change.connection, name, description, days, change.now)
            for job in users:
                after = jobs.save(change.connection, job)  # another version: whoever remembers it looks again
                reschedule(change.connection, job, after, change.now, dates_before=dates_before)
            change.record(
                "calendar.put", "calendar", name, None if before is None else _form(before), _form(calendar)
            )
            return calendar

    def delete_calendar(self, name: str, actor: Actor) -> None:
        """Forget a calendar; raises Conflict while jobs name it."""
        with self.tools.changing(actor) as change:
            before = calendars.get(change.connection, name)
            if before is None:
                raise NotFound("There is no such calendar")
            if users := jobs.naming(change.connection, name):
                raise Conflict(f"The calendar is in use, by {users[0].slug} for one; take it out of the jobs first")
            calendars.remove(change.connection, name)
            change.record("calendar.delete", "calendar", name, before=_form(before))


def _timetable(connection: Connection, document: SchedulePreviewDocument, schedule: Schedule, zone: str) -> Timetable:
    named = calendars.dates(connection, document.exclude_calendars)
    if missing := [at for at, name in enumerate(document.exclude_calendars) if name not in named]:
        raise invalid("excludeCalendars", missing[0], message="there is no calendar of this name")
    start, end = document.start_at, document.end_at
    return Timetable(
        schedule=schedule,
        timezone=zone,
        start=None if start is None else moment_of_text(start, zone, "startAt"),
        end=None if end is None else moment_of_text(end, zone, "endAt"),
        excluded=frozenset(document.exclude_dates).union(*named.values()),
    )


def _check_name(name: str) -> None:
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        raise invalid("name", message=error.errors(include_url=False, include_input=False)[0]["msg"]) from None


def _form(calendar: Calendar | None) -> dict[str, object] | None:
    if calendar is None:
        return None
    return {"description": calendar.description, "dates": [day.isoformat() for day in calendar.dates]}
