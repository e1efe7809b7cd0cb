"""Who changed what, with what it was before and what it is now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from orario.store.tables import audit


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRow:
    """One change; secrets in it are masked."""

    id: int = 0
    at: datetime
    actor: str | None
    action: str
    subject: str
    subject_id: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


_COLUMNS = tuple(audit.c[field] for field in AuditRow.__dataclass_fields__)


def record(connection: Connection, row: AuditRow) -> None:
    """Write one change down, in the transaction that makes it."""
    connection.execute(
        insert(audit).values(
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            subject_id=row.subject_id,
            before=None if row.before is None else dict(row.before),
            after=None if row.after is None else dict(row.after),
        )
    )


def find(
    connection: Connection, subject_id: str | None, limit: int, offset: int, *, actor: str = "", subject: str = ""
) -> tuple[list[AuditRow], int]:
    """A page of changes, of all or of one thing, one person, one kind of thing; the newest first, and how many."""
    conditions = [
        column == value
        for column, value in ((audit.c.subject_id, subject_id), (audit.c.actor, actor), (audit.c.subject, subject))
        if value
    ]
    rows = connection.execute(
        select(*_COLUMNS).where(*conditions).order_by(audit.c.id.desc()).limit(limit).offset(offset)
    )
    total = connection.scalar(select(func.count()).select_from(audit).where(*conditions))
    return [AuditRow(**row._mapping) for row in rows], total or 0


def subjects(connection: Connection) -> list[str]:
    """The kinds of things that were ever changed."""
    return sorted(connection.scalars(select(audit.c.subject).distinct()))


def up_to(connection: Connection, subject_ids: Collection[str], moment: datetime, limit: int) -> list[AuditRow]:
    """The changes of some subjects up to a moment, the newest first."""
    query = select(*_COLUMNS).where(audit.c.subject_id.in_(subject_ids), audit.c.at <= moment)
    rows = connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
    return [AuditRow(**row._mapping) for row in rows]


def since(connection: Connection, subject_ids: Collection[str], moment: datetime, limit: int) -> list[AuditRow]:
    """The changes of some subjects from a moment on, the oldest first."""
    query = select(*_COLUMNS).where(audit.c.subject_id.in_(subject_ids), audit.c.at >= moment)
    rows = connection.execute(query.order_by(audit.c.id).limit(limit))
    return [AuditRow(**row._mapping) for row in rows]
