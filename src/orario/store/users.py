"""The people who sign in, and the links that let one in once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from orario.store.tables_people import links, users


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A person. `password` is hashed; None: there is none, a link is needed."""

    id: UUID
    name: str
    role: str
    password: str | None = None
    subject: str | None = None
    timezone: str | None = None
    created_at: datetime
    created_by: str | None = None
    signed_in_at: datetime | None = None
    looked_at: datetime | None = None
    blocked_at: datetime | None = None


COLUMNS = tuple(users.c[field] for field in User.__dataclass_fields__)


def add(connection: Connection, user: User) -> None:
    """Enter a new person."""
    connection.execute(insert(users).values({column.name: getattr(user, column.name) for column in COLUMNS}))


def get(connection: Connection, id: UUID) -> User | None:
    return _one(connection, users.c.id == id)


def named(connection: Connection, name: str) -> User | None:
    return _one(connection, users.c.name == name)


def of_subject(connection: Connection, subject: str) -> User | None:
    return _one(connection, users.c.subject == subject)


def everybody(connection: Connection) -> list[User]:
    """All, by name."""
    return [from_row(row) for row in connection.execute(select(*COLUMNS).order_by(users.c.name))]


def any_with_password(connection: Connection) -> bool:
    """Whether anybody can come in without a link."""
    wanted = (users.c.password.is_not(None) | users.c.subject.is_not(None)) & users.c.blocked_at.is_(None)
    return connection.execute(select(users.c.id).where(wanted).limit(1)).first() is not None


def count_admins(connection: Connection, role: str) -> int:
    """How many of this role may come in."""
    query = select(func.count()).select_from(users).where(users.c.role == role, users.c.blocked_at.is_(None))
    return connection.scalar(query) or 0


def change(connection: Connection, id: UUID, values: Mapping[str, Any]) -> None:
    connection.execute(update(users).where(users.c.id == id).values(dict(values)))


def remove(connection: Connection, id: UUID) -> None:
    """Forget a person and their links."""
    connection.execute(delete(links).where(links.c.user_id == id))
    connection.execute(delete(users).where(users.c.id == id))


def add_link(connection: Connection, digest: str, user_id: UUID, now: datetime, expires_at: datetime) -> None:
    """Remember a link by its digest; those that are good no more are forgotten."""
    connection.execute(delete(links).where(links.c.expires_at <= now))
    connection.execute(insert(links).values(digest=digest, user_id=user_id, created_at=now, expires_at=expires_at))


def peek_link(connection: Connection, digest: str, now: datetime) -> UUID | None:
    """Whose link this is, if it is still good."""
    found = select(links.c.user_id).where(links.c.digest == digest, links.c.expires_at > now)
    return connection.scalar(found)


def spend_link(connection: Connection, digest: str, now: datetime) -> UUID | None:
    """Whose link this is; whoever deletes it has it, and nobody else."""
    user = peek_link(connection, digest, now)
    spent = connection.execute(delete(links).where(links.c.digest == digest))
    return user if spent.rowcount == 1 else None


def drop_links(connection: Connection, user_id: UUID) -> None:
    connection.execute(delete(links).where(links.c.user_id == user_id))


def from_row(row: Any) -> User:
    return User(**row._mapping)


def _one(connection: Connection, condition: ColumnElement[bool]) -> User | None:
    row = connection.execute(select(*COLUMNS).where(condition)).one_or_none()
    return None if row is None else from_row(row)
