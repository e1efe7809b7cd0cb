"""What goes on at present: jobs that fail or are turned away. Gone when it is over."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from orario.apps.notify.decisions import Trouble
from orario.apps.notify.tables import troubles as table
from orario.apps.notify.words import Kind

_AT_ONCE = 500

Troubles = dict[tuple[UUID, Kind, str], Trouble]


def subjects(connection: Connection) -> set[UUID]:
    """Who has any."""
    return set(connection.scalars(select(table.c.subject).distinct()))


def of(connection: Connection, ids: Collection[UUID]) -> Troubles:
    """The troubles of these, by subject, kind and rule."""
    wanted = list(ids)
    found: Troubles = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in connection.execute(select(table).where(table.c.subject.in_(wanted[start : start + _AT_ONCE]))):
            found[row.subject, Kind(row.kind), row.rule] = Trouble(
                row._mapping["count"], row.since, row.told_at, tuple(row.channels)
            )
    return found


def begin(connection: Connection, subject: UUID, kind: Kind, rule: str, since: datetime) -> Trouble:
    """It has gone wrong for the first time."""
    values: dict[str, Any] = {
        "subject": subject,
        "kind": kind.value,
        "rule": rule,
        "count": 1,
        "since": since,
        "channels": [],
    }
    connection.execute(insert(table).values(**values))
    return Trouble(1, since)


def go_on(connection: Connection, subject: UUID, kind: Kind, rule: str, trouble: Trouble) -> Trouble:
    """It has gone wrong once more."""
    connection.execute(update(table).where(_is(subject, kind, rule)).values(count=trouble.count + 1))
    return Trouble(trouble.count + 1, trouble.since, trouble.told_at, trouble.channels)


def tell(
    connection: Connection, subject: UUID, kind: Kind, rule: str, trouble: Trouble, channels: Collection[str]
) -> None:
    """Somebody is told now."""
    told = sorted({*trouble.channels, *channels})
    connection.execute(update(table).where(_is(subject, kind, rule)).values(told_at=trouble.count, channels=told))


def end(connection: Connection, subject: UUID, kind: Kind, rule: str) -> None:
    connection.execute(delete(table).where(_is(subject, kind, rule)))


def _is(subject: UUID, kind: Kind, rule: str) -> ColumnElement[bool]:
    return and_(table.c.subject == subject, table.c.kind == kind.value, table.c.rule == rule)
