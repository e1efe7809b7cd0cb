"""What goes on at present: jobs that fail or are turned away. Gone when it is over."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from orario.apps.notify.decisions import Trouble
from orario.apps.notify.tables import troubles as table
from orario.apps.notify.words import Kind

_AT_ONCE = 500

Key = tuple[UUID, Kind, str]  # a job, what of it, and the rule that watches
Troubles = dict[Key, Trouble]


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


def write(connection: Connection, before: Collection[Key], after: Mapping[Key, Trouble | None]) -> None:
    """Put these in place, all at once: `before` are those that stand in the table, None is over."""
    begun = [_row(key, one) for key, one in after.items() if one is not None and key not in before]
    gone_on = [_row(key, one) for key, one in after.items() if one is not None and key in before]
    over = [_places(key) for key, one in after.items() if one is None and key in before]
    if begun:
        connection.execute(insert(table), begun)
    if gone_on:
        changed: dict[str, Any] = {name: bindparam(name) for name in ("count", "told_at", "channels")}
        connection.execute(
            update(table).where(_IS).values(**changed), [{**row, **_places_of(row)} for row in gone_on]
        )
    if over:
        connection.execute(delete(table).where(_IS), over)


_IS = and_(
    table.c.subject == bindparam("the_subject"),
    table.c.kind == bindparam("the_kind"),
    table.c.rule == bindparam("the_rule"),
)


def _row(key: Key, one: Trouble) -> dict[str, Any]:
    subject, kind, rule = key
    told = {"count": one.count, "since": one.since, "told_at": one.told_at, "channels": list(one.channels)}
    return {"subject": subject, "kind": kind.value, "rule": rule, **told}


def _places(key: Key) -> dict[str, Any]:
    subject, kind, rule = key
    return {"the_subject": subject, "the_kind": kind.value, "the_rule": rule}


def _places_of(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"the_subject": row["subject"], "the_kind": row["kind"], "the_rule": row["rule"]}
