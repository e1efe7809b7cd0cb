"""The stretches in which nobody looked at the clock, who led when, and when the clock was set back.

They stand in the audit: it is kept for good, and they are as rare as what people do.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from orario.store import audit
from orario.store.audit import AuditRow
from orario.store.tables import audit as table

_FEW = 100
SUBJECT = "scheduler"
CLOCK, LEAD = "clock", "lead"  # what the rows are about: their subject_id
SILENCE, SET_BACK, TAKE = "clock.silence", "clock.set_back", "lead.take"


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody looked from `since` to `until`, while something was due; or the clock was set forward over it."""

    since: datetime
    until: datetime
    is_clock_set: bool = False


@dataclass(frozen=True, slots=True)
class SetBack:
    """The clock was set from `before` back to `now`; rows of the audit above `row` are of the second pass."""

    before: datetime
    now: datetime
    row: int


def note(connection: Connection, silence: Silence) -> None:
    """Write down a silence, in the tick that ended it."""
    after = {"tickedAt": silence.until.isoformat(), "isClockSet": silence.is_clock_set}
    _record(connection, silence.until, SILENCE, CLOCK, {"tickedAt": silence.since.isoformat()}, after)


def note_set_back(connection: Connection, before: datetime, now: datetime) -> None:
    """Write down that the clock was set back."""
    _record(connection, now, SET_BACK, CLOCK, {"clock": before.isoformat()}, {"clock": now.isoformat()})


def note_lead(connection: Connection, before: UUID | None, after: UUID, now: datetime) -> None:
    """Write down that the lead has passed."""
    _record(connection, now, TAKE, LEAD, {"holder": None if before is None else str(before)}, {"holder": str(after)})


def _record(
    connection: Connection, now: datetime, action: str, what: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    row = AuditRow(at=now, actor=None, action=action, subject=SUBJECT, subject_id=what, before=before, after=after)
    audit.record(connection, row)


def over(connection: Connection, moment: datetime, seen_at: datetime) -> Silence | None:
    """The silence that a moment fell into which was attended to at `seen_at`."""
    query = select(table.c.before, table.c.after).where(table.c.subject_id == CLOCK, table.c.action == SILENCE)
    query = query.where(table.c.at >= moment, table.c.at <= seen_at)
    for row in connection.execute(query.order_by(table.c.id.desc()).limit(_FEW)):
        since, until = (datetime.fromisoformat(form["tickedAt"]) for form in (row.before, row.after))
        if since < moment:
            return Silence(since, until, row.after["isClockSet"])
    return None


def set_back_over(connection: Connection, moment: datetime) -> SetBack | None:
    """How the clock was set back over a moment, the last time that it was."""
    query = select(table.c.id, table.c.before, table.c.at).where(table.c.action == SET_BACK)
    query = query.where(table.c.subject_id == CLOCK, table.c.at < moment)
    for row in connection.execute(query.order_by(table.c.id.desc()).limit(_FEW)):
        if moment <= (before := datetime.fromisoformat(row.before["clock"])):
            return SetBack(before, row.at, row.id)
    return None


def leader_at(connection: Connection, moment: datetime) -> UUID | None:
    """Who led at a moment, or had led last."""
    query = select(table.c.after).where(table.c.subject_id == LEAD, table.c.at <= moment)
    after = connection.scalar(query.order_by(table.c.id.desc()).limit(1))
    return None if after is None else UUID(after["holder"])
