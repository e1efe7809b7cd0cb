"""The table of notices: written when something is told, read by those who ask why they were (not)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ColumnElement, Connection, and_, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from orario.apps.notify.tables import notices as table
from orario.apps.notify.words import Kind, Severity, Status

_HOUR = timedelta(hours=1)
_HELD = table.c.status == literal("held", literal_execute=True)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One message to one channel, or what became of it instead."""

    id: UUID
    at: datetime
    channel: str
    kind: Kind
    severity: Severity
    rule: str
    status: Status
    subject: str
    facts: Mapping[str, Any]
    why: str | None = None
    job: str | None = None
    app: str | None = None
    execution_id: UUID | None = None
    release_at: datetime | None = None
    delivery_id: UUID | None = None
    digest_id: UUID | None = None
    sent_at: datetime | None = None
    counted_at: datetime | None = None


def key_of(kind: str, about: object, channel: str) -> UUID:
    """The same for the same news on the same channel, whoever finds it and however often."""
    return uuid5(NAMESPACE_URL, f"orario:notice:{kind}:{about}:{channel}")


def known(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Which of these notices exist already."""
    return set(connection.scalars(select(table.c.id).where(table.c.id.in_(ids))))


def held_still(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Notice]:
    """These notices, which nobody else amends until the end of the transaction."""
    query = select(table).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update()
    return {row.id: _notice(row) for row in connection.execute(query)}


def amend(connection: Connection, one: Notice) -> None:
    """Write what has become of a notice."""
    connection.execute(update(table).where(table.c.id == one.id).values(_row(one)))


def write(connection: Connection, notices: Sequence[Notice]) -> None:
    """Each once: another instance may write the same just now."""
    if notices:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(table).on_conflict_do_nothing(), [_row(one) for one in notices])


def get(connection: Connection, id: UUID) -> Notice | None:
    row = connection.execute(select(table).where(table.c.id == id)).one_or_none()
    return None if row is None else _notice(row)


def sent_within_hour(connection: Connection, channel: str, now: datetime) -> list[datetime]:
    """When the channel was sent something lately, oldest first."""
    recent = and_(table.c.channel == channel, table.c.counted_at > now - _HOUR)
    return list(connection.scalars(select(table.c.counted_at).where(recent).order_by(table.c.counted_at)))


def digest_at(connection: Connection, channel: str) -> datetime | None:
    """When the digest that is being gathered goes out."""
    found: datetime | None = connection.scalar(
        select(func.min(table.c.release_at)).where(_HELD, table.c.channel == channel, table.c.why == "digest")
    )
    return found


def channels_due(connection: Connection, now: datetime) -> list[str]:
    """The channels that hold something whose time has come."""
    return list(connection.scalars(select(table.c.channel).where(_HELD, table.c.release_at <= now).distinct()))


def held(connection: Connection, channel: str, now: datetime, limit: int) -> list[Notice]:
    """What a channel holds and may let go of, oldest first."""
    query = select(table).where(_HELD, table.c.channel == channel, table.c.release_at <= now)
    return [_notice(row) for row in connection.execute(query.order_by(table.c.at, table.c.id).limit(limit))]


def count_held(connection: Connection, channel: str, now: datetime) -> int:
    query = select(func.count()).where(_HELD, table.c.channel == channel, table.c.release_at <= now)
    return connection.scalar(query) or 0


def postpone(connection: Connection, channel: str, now: datetime, until: datetime) -> None:
    """What could go out now waits further."""
    due = and_(_HELD, table.c.channel == channel, table.c.release_at <= now)
    connection.execute(update(table).where(due).values(release_at=until))


def hand_over(connection: Connection, channel: str, now: datetime, digest: UUID) -> None:
    """All that the channel held goes out with a digest."""
    due = and_(_HELD, table.c.channel == channel, table.c.release_at <= now)
    connection.execute(update(table).where(due).values(status=Status.WAITING.value, digest_id=digest))


def drop(connection: Connection, channel: str, why: str) -> None:
    """What a channel held is not sent any more."""
    connection.execute(
        update(table).where(_HELD, table.c.channel == channel).values(status=Status.SUPPRESSED.value, why=why)
    )


def set_off(connection: Connection, id: UUID, delivery: UUID, at: datetime) -> None:
    """A held notice goes out by itself."""
    connection.execute(
        update(table).where(table.c.id == id).values(status=Status.WAITING.value, delivery_id=delivery, counted_at=at)
    )


def settle(connection: Connection, delivery: UUID, status: Status, now: datetime, why: str | None) -> None:
    """Its delivery has ended, and with it that of all that it carried."""
    id = connection.scalar(select(table.c.id).where(table.c.delivery_id == delivery))
    if id is None:
        return
    values = {"status": status.value, "sent_at": now if status is Status.SENT else None}
    if why is not None:
        values["why"] = why
    connection.execute(update(table).where((table.c.id == id) | (table.c.digest_id == id)).values(**values))


def find(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], page: int, per_page: int
) -> tuple[list[Notice], int]:
    """A page of notices, the newest first, and how many there are."""
    total = connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
    query = select(table).where(*conditions).order_by(table.c.at.desc(), table.c.id)
    rows = connection.execute(query.limit(per_page).offset((page - 1) * per_page))
    return [_notice(row) for row in rows], total


def latest(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int, before: datetime | None = None
) -> list[Notice]:
    """The newest that are older than `before`; nothing is counted."""
    older = [] if before is None else [table.c.at < before]
    query = select(table).where(*conditions, *older).order_by(table.c.at.desc(), table.c.id)
    return [_notice(row) for row in connection.execute(query.limit(limit))]


def prune(connection: Connection, before: datetime, limit: int) -> int:
    """Forget notices that are older; some at a time."""
    old = select(table.c.id).where(table.c.at < before, table.c.status != Status.HELD.value).limit(limit)
    return connection.execute(delete(table).where(table.c.id.in_(old))).rowcount


def _row(one: Notice) -> dict[str, Any]:
    return {
        **vars(one),
        "kind": one.kind.value,
        "severity": one.severity.value,
        "status": one.status.value,
        "facts": dict(one.facts),
    }


def _notice(row: Any) -> Notice:
    found = dict(row._mapping)
    return Notice(
        **{
            **found,
            "kind": Kind(found["kind"]),
            "severity": Severity(found["severity"]),
            "status": Status(found["status"]),
        }
    )
