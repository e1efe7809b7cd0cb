"""Remembers for a day which request was made under which key."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from orario.store.tables import idempotency

REMEMBERED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier request: its digest, and what came of it."""

    digest: str
    subject_id: str


def recall(connection: Connection, actor: str, key: str, now: datetime) -> Earlier | None:
    """What was asked under this key in the last day."""
    row = connection.execute(
        select(idempotency.c.digest, idempotency.c.subject_id).where(
            idempotency.c.actor == actor,
            idempotency.c.key == key,
            idempotency.c.created_at > now - REMEMBERED,
        )
    ).one_or_none()
    return None if row is None else Earlier(*row)


def remember(connection: Connection, actor: str, key: str, digest: str, subject_id: str, now: datetime) -> None:
    """Note a request, and forget those of yesterday."""
    forget(connection, now)
    connection.execute(
        insert(idempotency).values(actor=actor, key=key, digest=digest, subject_id=subject_id, created_at=now)
    )


def forget(connection: Connection, now: datetime) -> int:
    """Forget the requests of yesterday; how many it were."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at <= now - REMEMBERED)).rowcount
