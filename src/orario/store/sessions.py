"""Who is signed in, from which browsers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from orario.store.tables_people import sessions, users
from orario.store.users import COLUMNS, User


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One browser in which somebody is signed in."""

    id: UUID
    user_id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    browser: str | None


_FIELDS = tuple(sessions.c[field] for field in Session.__dataclass_fields__)
_OWN = tuple(column.label(f"session_{column.name}") for column in _FIELDS)


def open_one(connection: Connection, session: Session, digest: str) -> None:
    """Enter a session; those that are over are forgotten."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= session.created_at))
    values = {column.name: getattr(session, column.name) for column in _FIELDS}
    connection.execute(insert(sessions).values(digest=digest, **values))


def find(connection: Connection, digest: str) -> tuple[Session, User] | None:
    """The session with this digest, and whose it is."""
    query = select(*_OWN, *COLUMNS).join(users, users.c.id == sessions.c.user_id).where(sessions.c.digest == digest)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    found = row._mapping
    session = Session(**{column.name: found[f"session_{column.name}"] for column in _FIELDS})
    return session, User(**{column.name: found[column.name] for column in COLUMNS})


def of_user(connection: Connection, user_id: UUID, now: datetime) -> list[Session]:
    """Where somebody is signed in, the latest seen first."""
    query = select(*_FIELDS).where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
    return [_session(row) for row in connection.execute(query.order_by(sessions.c.seen_at.desc()))]


def touch(connection: Connection, digest: str, now: datetime, expires_at: datetime) -> None:
    """Note that a session is used, and let it live longer."""
    connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=now, expires_at=expires_at))


def close(connection: Connection, digest: str) -> bool:
    """End one session; whether there was one."""
    return connection.execute(delete(sessions).where(sessions.c.digest == digest)).rowcount == 1


def close_all(connection: Connection, user_id: UUID, but: UUID | None = None) -> int:
    """End somebody's sessions, perhaps but one; how many."""
    kept = () if but is None else (sessions.c.id != but,)
    return connection.execute(delete(sessions).where(sessions.c.user_id == user_id, *kept)).rowcount


def _session(row: Any) -> Session:
    return Session(**row._mapping)
