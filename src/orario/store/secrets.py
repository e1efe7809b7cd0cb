"""Named secrets: what may be known of them, and their sealed values."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, delete, func, insert, or_, select, update

from orario.core.job import Job
from orario.core.references import names_in
from orario.store.jobcodec import COLUMNS, from_row
from orario.store.tables import jobs, secrets


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretRow:
    """A secret without its value."""

    name: str
    description: str | None
    created_at: datetime
    created_by: str | None
    updated_at: datetime
    updated_by: str | None
    last_used_at: datetime | None = None


_COLUMNS = tuple(secrets.c[field] for field in SecretRow.__dataclass_fields__)


def find(connection: Connection, limit: int, offset: int) -> tuple[list[SecretRow], int]:
    """A page of secrets by name, and how many there are."""
    rows = connection.execute(select(*_COLUMNS).order_by(secrets.c.name).limit(limit).offset(offset))
    total = connection.scalar(select(func.count()).select_from(secrets))
    return [SecretRow(**row._mapping) for row in rows], total or 0


def get(connection: Connection, name: str) -> SecretRow | None:
    """The secret of this name."""
    row = connection.execute(select(*_COLUMNS).where(secrets.c.name == name)).one_or_none()
    return None if row is None else SecretRow(**row._mapping)


def sealed(connection: Connection, names: Collection[str]) -> dict[str, str]:
    """The sealed values of those of these names that there are."""
    query = select(secrets.c.name, secrets.c.sealed).where(secrets.c.name.in_(sorted(names)))
    return {name: value for name, value in connection.execute(query)}


def add(connection: Connection, row: SecretRow, value: str) -> None:
    """Enter a new secret with its sealed value."""
    connection.execute(insert(secrets).values(sealed=value, **_values(row)))


def save(connection: Connection, row: SecretRow, value: str | None) -> None:
    """Write a secret as it now is; without a value it keeps its own."""
    changed = _values(row) if value is None else {**_values(row), "sealed": value}
    connection.execute(update(secrets).where(secrets.c.name == row.name).values(changed))


def remove(connection: Connection, name: str) -> None:
    """Forget a secret."""
    connection.execute(delete(secrets).where(secrets.c.name == name))


def touch(connection: Connection, names: Iterable[str], now: datetime) -> None:
    """Note that secrets were used."""
    connection.execute(update(secrets).where(secrets.c.name.in_(sorted(names))).values(last_used_at=now))


def users(connection: Connection) -> list[tuple[Job, set[str]]]:
    """The jobs that refer to secrets, by slug, each with the names."""
    args = cast(jobs.c.args, Text)
    refers = or_(args.contains('"$secret"', autoescape=True), args.contains("${secret:", autoescape=True))
    rows = connection.execute(select(*COLUMNS).where(refers, jobs.c.deleted_at.is_(None)).order_by(jobs.c.slug))
    return [(job, names_in(job.args)) for job in map(from_row, rows)]


def _values(row: SecretRow) -> dict[str, Any]:
    return {field: getattr(row, field) for field in SecretRow.__dataclass_fields__}
