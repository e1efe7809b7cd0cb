"""Reads and changes game servers: every change names what it saw, so that a renewal in between wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from orario.apps.gamehost.tables import emails, servers, users
from orario.apps.gamehost.words import MailKind, ServerStatus


@dataclass(frozen=True)
class User:
    """Who owns servers."""

    id: str
    name: str
    email: str


@dataclass(frozen=True)
class Server:
    """A game server."""

    id: str
    name: str
    status: str
    expires_at: datetime
    pt_admin_id: int | None
    suspending_at: datetime | None
    owner: User

    @property
    def whose(self) -> dict[str, str]:
        """What a log line of this server carries."""
        return {"gameServerId": self.id, "userId": self.owner.id}


_JOINED = select(servers, users.c.name.label("owner_name"), users.c.email).join(
    users, users.c.id == servers.c.user_id
)


def past_expiry(connection: Connection, now: datetime) -> Sequence[str]:
    """The active servers whose time is over, the longest overdue first."""
    return _ids(connection, ServerStatus.ACTIVE, now)


def past_retention(connection: Connection, cutoff: datetime) -> Sequence[str]:
    """The servers that are expired since before `cutoff`."""
    return _ids(connection, ServerStatus.EXPIRED, cutoff)


def cut_off(connection: Connection, now: datetime) -> Sequence[str]:
    """The servers that were renewed while the panel was being asked to suspend them."""
    query = select(servers.c.id).where(
        servers.c.status == ServerStatus.ACTIVE.value,
        servers.c.expires_at > now,
        servers.c.suspending_at.is_not(None),
    )
    return connection.scalars(query.order_by(servers.c.id)).all()


def _ids(connection: Connection, status: ServerStatus, until: datetime) -> Sequence[str]:
    query = select(servers.c.id).where(servers.c.status == status.value, servers.c.expires_at <= until)
    return connection.scalars(query.order_by(servers.c.expires_at, servers.c.id)).all()


def get(connection: Connection, id: str) -> Server | None:
    """One server with its owner."""
    row = connection.execute(_JOINED.where(servers.c.id == id)).one_or_none()
    return None if row is None else _server(row)


def unwarned(
    connection: Connection, status: ServerStatus, kind: MailKind, after: datetime, until: datetime
) -> list[Server]:
    """The servers that expire in this stretch and whose owners have no mail of this kind for this date yet."""
    told = select(emails.c.id).where(
        emails.c.game_server_id == servers.c.id,
        emails.c.kind == kind.value,
        emails.c.about == servers.c.expires_at,
    )
    query = _JOINED.where(
        servers.c.status == status.value,
        servers.c.expires_at > after,
        servers.c.expires_at <= until,
        ~told.exists(),
    )
    return [_server(row) for row in connection.execute(query.order_by(servers.c.expires_at, servers.c.id))]


def mark_suspending(connection: Connection, server: Server, now: datetime) -> bool:
    """Note that the panel is about to be asked; false when the server was renewed or expired meanwhile."""
    done = connection.execute(_as_seen(server).values(suspending_at=now))
    return done.rowcount == 1


def expire(connection: Connection, server: Server, now: datetime) -> bool:
    """Set EXPIRED; false when it was renewed meanwhile."""
    values = {"status": ServerStatus.EXPIRED.value, "suspended_at": now, "suspending_at": None}
    return connection.execute(_as_seen(server).values(values)).rowcount == 1


def forget_suspending(connection: Connection, id: str) -> None:
    """The server runs at the panel again."""
    connection.execute(update(servers).where(servers.c.id == id).values(suspending_at=None))


def remove(connection: Connection, server: Server) -> bool:
    """Delete the row; false when the server was renewed meanwhile. Its mails stay, as they were sent."""
    done = connection.execute(
        delete(servers).where(
            servers.c.id == server.id,
            servers.c.status == ServerStatus.EXPIRED.value,
            servers.c.expires_at == server.expires_at,
        )
    )
    return done.rowcount == 1


def _as_seen(server: Server) -> Any:
    return update(servers).where(
        servers.c.id == server.id,
        servers.c.status == ServerStatus.ACTIVE.value,
        servers.c.expires_at == server.expires_at,
    )


def _server(row: Row[Any]) -> Server:
    return Server(
        id=row.id,
        name=row.name,
        status=row.status,
        expires_at=row.expires_at,
        pt_admin_id=row.pt_admin_id,
        suspending_at=row.suspending_at,
        owner=User(row.user_id, row.owner_name, row.email),
    )
