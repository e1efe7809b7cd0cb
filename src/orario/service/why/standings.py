"""How a job was defined and what held it back at a moment, read backwards from the audit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from orario.core.errors import Invalid
from orario.core.job import Job
from orario.core.policy import Policy
from orario.core.timetable import Timetable
from orario.core.why.facts import Edit, Hold, Standing
from orario.service.why.remembering import changed_fields, is_whole, policy_of, timetable_of
from orario.store import audit, calendars
from orario.store.audit import AuditRow

_MOST_ROWS = 500  # of changes on either side of the moment
_HOLDING = ("isPaused", "broken")
_STANDING = {"isEnabled", *_HOLDING}


@dataclass(frozen=True)
class Changes:
    """The changes of one job around a moment: the ones in force then, newest first, and the later ones in order."""

    moment: datetime
    earlier: Sequence[AuditRow]
    later: Sequence[AuditRow]

    @classmethod
    def around(cls, connection: Connection, job: Job, moment: datetime, passed: int = 0) -> "Changes":
        """By the clock; of a moment's second pass, what was written up to the row `passed` was earlier anyway."""
        subjects = [str(job.id), job.task]
        around = {row.id: row for row in audit.up_to(connection, subjects, moment, _MOST_ROWS)}
        around |= {row.id: row for row in audit.since(connection, subjects, moment, _MOST_ROWS)}
        rows = [around[id] for id in sorted(around) if _is_change(around[id])]
        earlier = [row for row in rows if row.id <= passed or _is_earlier(row, moment)]
        return cls(moment, earlier[::-1], [row for row in rows if row.id > passed and not _is_earlier(row, moment)])

    def value(self, key: str, now: Any) -> Any:
        """What a field was at the moment, if it is `now` today."""
        found = (row.before[key] for row in self.later if row.before is not None and key in row.before)
        return next(found, now)

    def beginning(self, key: str, value: object) -> AuditRow | None:
        """The row by which the field took this value, before the moment."""
        return next((row for row in self.earlier if _turns(row, key, to=value)), None)

    def end(self, key: str, value: object) -> AuditRow | None:
        """The first row after the moment by which the field lost this value."""
        return next((row for row in self.later if _turns(row, key, off=value)), None)


def _is_change(row: AuditRow) -> bool:
    return any(form is not None and not _STANDING.isdisjoint(form) for form in (row.before, row.after))


def _is_earlier(row: AuditRow, moment: datetime) -> bool:
    return row.at < moment or (row.at == moment and _begins_hold(row))


def _begins_hold(row: AuditRow) -> bool:
    """A pause or a break accounts for nothing: a moment at its very instant belongs to it already."""
    before, after = row.before or {}, row.after or {}
    return any(after.get(key) and not before.get(key) for key in _HOLDING)


def _turns(row: AuditRow, key: str, *, to: object = None, off: object = None) -> bool:
    before, after = row.before or {}, row.after or {}
    if to is not None:
        return key in after and after[key] == to and before.get(key) != to
    return key in before and before[key] == off and after.get(key) != off


def standing_at(connection: Connection, job: Job, changes: Changes) -> Standing:
    """The whole of it; where the audit is silent, the job is as it is today."""
    timetable, policy, named = _definition(connection, job, changes)
    return Standing(
        timetable=timetable,
        policy=policy,
        calendars=list(named.items()),
        disabled=_disabled(job, changes),
        paused=_paused(job, changes),
        broken=_broken(job, changes),
        edited_before=_edit(connection, job, changes.earlier, is_before=True),
        edited_after=_edit(connection, job, changes.later, is_before=False),
    )


def _definition(
    connection: Connection, job: Job, changes: Changes
) -> tuple[Timetable, Policy, Mapping[str, frozenset[date]]]:
    form = next((row.before for row in changes.later if is_whole(row.before)), None)
    if form is not None:
        try:
            named = dates_of(connection, form["excludeCalendars"], changes)
            return timetable_of(form, job, named), policy_of(form), named
        except (Invalid, KeyError, ValueError):
            pass  # a row of a version that wrote other forms
    named = dates_of(connection, job.calendars, changes)
    return job.timetable(named), job.policy, named


def dates_of(connection: Connection, names: Iterable[str], changes: Changes) -> dict[str, frozenset[date]]:
    """The dates of these calendars, as they were before the first change after the moment."""
    wanted = list(names)
    present = calendars.dates(connection, wanted)
    none: frozenset[date] = frozenset()
    return {name: _dates_then(connection, name, present.get(name, none), changes.moment) for name in wanted}


def _dates_then(connection: Connection, name: str, now: frozenset[date], moment: datetime) -> frozenset[date]:
    for row in audit.since(connection, [name], moment, 1):
        if row.action == "calendar.put" and row.before is not None:
            return frozenset(map(date.fromisoformat, row.before["dates"]))
    return now


def _disabled(job: Job, changes: Changes) -> Hold | None:
    if changes.value("isEnabled", job.is_enabled):
        return None
    begin, end = changes.beginning("isEnabled", False), changes.end("isEnabled", False)
    return Hold(
        since=begin.at if begin else job.created_at,
        by=begin.actor if begin else job.created_by,
        until=end.at if end else None,
    )


def _paused(job: Job, changes: Changes) -> Hold | None:
    if not changes.value("isPaused", job.pause is not None):
        return None
    begin, end = changes.beginning("isPaused", True), changes.end("isPaused", True)
    said = changes.value("pause", None)
    note = said["note"] if said else job.pause.note if job.pause else None
    ahead = job.pause.until if job.pause is not None and end is None else None
    if begin is None:
        since, by = (job.pause.since, job.pause.by) if job.pause is not None and end is None else (None, None)
        return Hold(since=since, by=by, note=note, until=end.at if end else ahead)
    return Hold(since=begin.at, by=begin.actor, note=note, until=end.at if end else ahead)


def _broken(job: Job, changes: Changes) -> Hold | None:
    why = changes.value("broken", job.broken)
    if not why:
        return None
    begin, end = changes.beginning("broken", why), changes.end("broken", why)
    return Hold(since=begin.at if begin else None, until=end.at if end else None, note=why)


def _edit(connection: Connection, job: Job, rows: Sequence[AuditRow], *, is_before: bool) -> Edit | None:
    for row in _rule_changes(rows):
        assert row.before is not None and row.after is not None
        fields = changed_fields(row.before, row.after)
        dates = calendars.dates(connection, {*row.before["excludeCalendars"], *job.calendars})
        try:
            other = timetable_of(row.before, job, dates) if is_before else job.timetable(dates)
        except (Invalid, KeyError, ValueError):
            other = None
        return Edit(at=row.at, by=row.actor, fields=fields, timetable=other)
    return None


def _rule_changes(rows: Iterable[AuditRow]) -> Iterator[AuditRow]:
    for row in rows:
        if is_whole(row.before) and is_whole(row.after) and changed_fields(row.before or {}, row.after or {}):
            yield row


def change_at(connection: Connection, job: Job, at: datetime) -> Edit | None:
    """The change of a job at this very instant, if it moved its cursor."""
    for row in audit.since(connection, [str(job.id)], at, 10):
        if row.at == at and is_whole(row.before):
            fields = changed_fields(row.before or {}, row.after or {}) if row.after is not None else []
            return Edit(at=at, by=row.actor, fields=fields, timetable=None)
    return None
