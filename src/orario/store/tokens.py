"""The credentials of people and programs; of a token only its digest is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, or_, select, update

from orario.store.tables import tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenView:
    """What may be known of a token."""

    id: UUID
    name: str
    role: str
    created_at: datetime
    created_by: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


_COLUMNS = tuple(tokens.c[field] for field in TokenView.__dataclass_fields__)


def add(connection: Connection, token: TokenView, digest: str) -> None:
    """Enter a new token."""
    connection.execute(
        insert(tokens).values(
            id=token.id,
            name=token.name,
            role=token.role,
            digest=digest,
            created_at=token.created_at,
            created_by=token.created_by,
            expires_at=token.expires_at,
        )
    )


def by_digest(connection: Connection, digest: str) -> TokenView | None:
    """The token with this digest, valid or not."""
    return _one(connection.execute(select(*_COLUMNS).where(tokens.c.digest == digest)).one_or_none())


def get(connection: Connection, id: UUID) -> TokenView | None:
    """The token of this id, valid or not."""
    return _one(connection.execute(select(*_COLUMNS).where(tokens.c.id == id)).one_or_none())


def everything(connection: Connection) -> list[TokenView]:
    """All tokens, the newest first; revoked ones too."""
    rows = connection.execute(select(*_COLUMNS).order_by(tokens.c.created_at.desc(), tokens.c.id.desc()))
    return [TokenView(**row._mapping) for row in rows]


def any_valid(connection: Connection, now: datetime) -> bool:
    """Whether anybody can come in by a token."""
    valid = tokens.c.revoked_at.is_(None) & or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now)
    return connection.execute(select(tokens.c.id).where(valid).limit(1)).first() is not None


def revoke(connection: Connection, id: UUID, now: datetime) -> bool:
    """End a token's validity; whether it was valid until now."""
    revoked = connection.execute(
        update(tokens).where(tokens.c.id == id, tokens.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    return revoked.rowcount == 1


def touch(connection: Connection, id: UUID, now: datetime) -> None:
    """Note that a token was used."""
    connection.execute(update(tokens).where(tokens.c.id == id).values(last_used_at=now))


def _one(row: Any) -> TokenView | None:
    return None if row is None else TokenView(**row._mapping)
