"""Why a job was not due at a time at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from orario.core.schedule import OnDemand
from orario.core.timetable import Timetable
from orario.core.why.asked import Asked
from orario.core.why.causes import Cause, Kind
from orario.core.why.clockchange import clock_change
from orario.core.why.facts import Facts
from orario.core.why.saying import by, when
from orario.core.zones import local_date_time

_FAR = timedelta(days=1500)  # a leap day's distance


def due_within(timetable: Timetable, asked: Asked) -> datetime | None:
    """The first moment of a rule in the stretch that was asked about."""
    moment = timetable.next(asked.low - datetime.resolution)
    return moment if moment is not None and moment < asked.high else None


def unlimited(timetable: Timetable) -> Timetable:
    """The same rule on all dates and without bounds."""
    return replace(timetable, start=None, end=None, excluded=frozenset())


def excluded_moment(timetable: Timetable, asked: Asked) -> datetime | None:
    """The moment that was due but for its date."""
    if not timetable.excluded or due_within(timetable, asked) is not None:
        return None
    return due_within(replace(timetable, excluded=frozenset()), asked)


def existence(facts: Facts, moment: datetime) -> Cause | None:
    """That there was no such job then."""
    if moment <= facts.created_at:
        clause = f"the job was created only at {when(facts.created_at, facts.timezone)} {by(facts.created_by)}"
        return Cause(Kind.CREATED_LATER, clause, since=facts.created_at, by=facts.created_by)
    gone = facts.deleted
    if gone is not None and gone.since is not None and moment > gone.since:
        clause = f"the job was deleted {by(gone.by)} at {when(gone.since, facts.timezone)}"
        return Cause(Kind.DELETED, clause, since=gone.since, by=gone.by)
    return None


def undue(facts: Facts) -> list[Cause]:
    """Why no moment lies in what was asked about."""
    found = list(_reasons(facts))
    return found or [_not_scheduled(facts)]


def _reasons(facts: Facts) -> Iterator[Cause]:
    if (cause := existence(facts, facts.asked.low)) is not None:
        yield cause
        return
    timetable, asked, zone = facts.standing.timetable, facts.asked, facts.timezone
    if isinstance(timetable.schedule, OnDemand):
        yield Cause(
            Kind.ON_DEMAND, "the job runs only on demand: it has no schedule, somebody or something triggers it"
        )
        return
    if excluded_moment(timetable, asked) is not None:
        yield _excluded(facts)
        return
    yield from _bounds(timetable, asked, zone)
    yield from _edits(facts)
    if (change := clock_change(facts)) is not None:
        yield change


def _excluded(facts: Facts) -> Cause:
    timetable, asked = facts.standing.timetable, facts.asked
    shifted = excluded_moment(timetable, asked) or asked.low
    day = local_date_time(timetable.timezone, shifted - timetable.offset).date()
    named = [name for name, dates in facts.standing.calendars if day in dates]
    whose = f"is in the calendar {' and '.join(named)}" if named else "is among its excluded dates"
    return Cause(Kind.EXCLUDED, f"{day.isoformat()} {whose}", note=", ".join(named) or day.isoformat())


def _bounds(timetable: Timetable, asked: Asked, zone: str) -> Iterator[Cause]:
    if due_within(unlimited(timetable), asked) is None:
        return
    if timetable.start is not None and asked.low < timetable.start:
        yield Cause(
            Kind.BEFORE_START, f"its schedule starts only at {when(timetable.start, zone)}", since=timetable.start
        )
    if timetable.end is not None and asked.high > timetable.end:
        yield Cause(Kind.AFTER_END, f"its schedule ended at {when(timetable.end, zone)}", until=timetable.end)


def _edits(facts: Facts) -> Iterator[Cause]:
    """Another rule had, or was to have, a moment there."""
    for edit, then in (
        (facts.standing.edited_before, "by the schedule before that change it would have been due"),
        (facts.standing.edited_after, "only since that change its schedule has such a moment"),
    ):
        if edit is not None and edit.timetable is not None and due_within(edit.timetable, facts.asked) is not None:
            what = ", ".join(edit.fields)
            clause = f"its schedule ({what}) was changed {by(edit.by)} at {when(edit.at, facts.timezone)}; {then}"
            yield Cause(Kind.EDITED, clause, since=edit.at, by=edit.by, note=what)


def _not_scheduled(facts: Facts) -> Cause:
    before, after = nearest(facts)
    parts = [
        f"{word} {when(moment, facts.timezone)}"
        for word, moment in (("before it", before), ("after it", after))
        if moment is not None
    ]
    near = f"; the nearest moments are {' and '.join(parts)}" if parts else ""
    clause = f"this is no moment of its schedule, {facts.sentence}{near}"
    return Cause(Kind.NOT_SCHEDULED, clause, since=before, until=after)


def nearest(facts: Facts) -> tuple[datetime | None, datetime | None]:
    """The moments of its rule before and after what was asked about."""
    timetable, asked = facts.standing.timetable, facts.asked
    first, last = (asked.low, asked.high - datetime.resolution) if facts.moment is None else (facts.moment,) * 2
    return timetable.latest(first - _FAR, first - datetime.resolution), timetable.next(last)
