"""Integrations as they are stored: the mailboxes of companies, and how far each is known."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, select, update

from orario.apps.lokario.tables import attachments, companies, integrations, messages
from orario.apps.lokario.words import TlsMode


@dataclass(frozen=True)
class Position:
    """How far a folder is known. UIDs mean something only within one generation."""

    generation: int = 1
    uid_validity: int | None = None
    last_uid: int = 0


@dataclass(frozen=True, kw_only=True)
class Integration:
    """A mailbox of a company; its password is sealed."""

    id: UUID
    company_id: UUID
    company: str
    name: str
    host: str
    port: int
    tls: TlsMode
    verify_tls: bool
    username: str
    password: str = field(repr=False)
    folder: str
    is_active: bool
    position: Position
    synced_at: datetime | None
    failed_at: datetime | None
    failures_in_row: int
    error: str | None
    created_at: datetime

    @property
    def title(self) -> str:
        return f"{self.name} ({self.company})"


_WITH_COMPANY = (
    select(integrations, companies.c.name.label("company"))
    .join_from(integrations, companies, integrations.c.company_id == companies.c.id)
    .order_by(companies.c.name, integrations.c.name, integrations.c.id)
)


def find(
    connection: Connection,
    *,
    company: UUID | None = None,
    only_active: bool = False,
    ids: Collection[UUID] | None = None,
) -> list[Integration]:
    """The integrations, by company and name."""
    query = _WITH_COMPANY
    if company is not None:
        query = query.where(integrations.c.company_id == company)
    if only_active:
        query = query.where(integrations.c.is_active)
    if ids is not None:
        query = query.where(integrations.c.id.in_(ids))
    return [_of(row) for row in connection.execute(query)]


def get(connection: Connection, id: UUID) -> Integration | None:
    row = connection.execute(_WITH_COMPANY.where(integrations.c.id == id)).one_or_none()
    return None if row is None else _of(row)


def _of(row: Row[Any]) -> Integration:
    fields = dict(row._mapping)
    place = Position(fields.pop("generation"), fields.pop("uid_validity"), fields.pop("last_uid"))
    return Integration(**{**fields, "tls": TlsMode(fields["tls"]), "position": place})


def count_messages(connection: Connection, ids: Collection[UUID]) -> dict[UUID, int]:
    """How many messages each has brought."""
    column = messages.c.integration_id
    query = select(column, func.count()).where(column.in_(ids)).group_by(column)
    return {id: count for id, count in connection.execute(query)}


def move(connection: Connection, id: UUID, before: Position, after: Position) -> bool:
    """Know a folder further; False when somebody else has moved on meanwhile, or the integration is gone."""
    row = integrations.c
    validity = row.uid_validity
    done = connection.execute(
        update(integrations)
        .where(
            row.id == id,
            row.generation == before.generation,
            row.last_uid == before.last_uid,
            validity.is_(None) if before.uid_validity is None else validity == before.uid_validity,
        )
        .values(generation=after.generation, uid_validity=after.uid_validity, last_uid=after.last_uid)
    )
    return done.rowcount == 1


def note_success(connection: Connection, id: UUID, now: datetime) -> None:
    """It works."""
    values = {"synced_at": now, "failures_in_row": 0, "error": None}
    connection.execute(update(integrations).where(integrations.c.id == id).values(values))


def note_failure(connection: Connection, id: UUID, sentence: str, now: datetime) -> None:
    """It could not be read."""
    failures = integrations.c.failures_in_row + 1
    values = {"failed_at": now, "failures_in_row": failures, "error": sentence}
    connection.execute(update(integrations).where(integrations.c.id == id).values(values))


def remove(connection: Connection, id: UUID) -> int:
    """Forget an integration with all that it brought; how many messages that were."""
    mine = select(messages.c.id).where(messages.c.integration_id == id)
    connection.execute(delete(attachments).where(attachments.c.message_id.in_(mine)))
    gone = connection.execute(delete(messages).where(messages.c.integration_id == id)).rowcount
    connection.execute(delete(integrations).where(integrations.c.id == id))
    return gone
