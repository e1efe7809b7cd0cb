"""The rows of the demonstration: for each job a few that it does something with."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from orario.apps.gamehost.demo.panel import GAME, Machine
from orario.apps.gamehost.tables import emails, servers, users, versions
from orario.apps.gamehost.words import ServerStatus

_PREFIX = "demo-"
_USERS = (
    "John Doe",
    "Jürgen Groß",
    "Ștefan Țurcanu",
    "Zoë Müller-Łukasz",
    "Ana Brânză",
    "田中 さくら",
    "Max 🎮 Power",
    "Sinéad O'Brien",
)
_PAST_RETENTION = 95
# Name, days until it expires (less than nothing: since when it should have been, or is, expired), status.
_SERVERS: tuple[tuple[str, float, ServerStatus], ...] = (
    ("My Minecraft Server", 30, ServerStatus.ACTIVE),
    ("Straßenbahn-Simulator", 14, ServerStatus.ACTIVE),
    ("Cetatea lui Ștefan", 6.9, ServerStatus.ACTIVE),
    ("Valheim der Jürgens", 6.5, ServerStatus.ACTIVE),
    ("ARK 🦖 Island", 0.9, ServerStatus.ACTIVE),
    ("Țara de Sus RP", 0.5, ServerStatus.ACTIVE),
    ("CS2 Übungsplatz", -0.1, ServerStatus.ACTIVE),
    ("Rust 🔥 weekly", -0.2, ServerStatus.ACTIVE),
    ("Factorio Fabrik", -1, ServerStatus.ACTIVE),
    ("Terraria mit Oma", -40, ServerStatus.EXPIRED),
    ("Project Zomboid", -83.5, ServerStatus.EXPIRED),
    ("Grădina Craft", -89.5, ServerStatus.EXPIRED),
    ("Old Palworld", -_PAST_RETENTION, ServerStatus.EXPIRED),
    ("さくらサーバー", -_PAST_RETENTION - 5, ServerStatus.EXPIRED),
)
_MAILS = (
    ("Welcome aboard, {name}!", "Hello {name},\n\nyour account is ready. Have fun! 🎮\n"),
    ("Ihre Rechnung für {name}", "Guten Tag {name},\n\nIhre Rechnung liegt bereit. Viele Grüße!\n"),
    ("Factura dumneavoastră, {name}", "Bună ziua {name},\n\nfactura este pregătită. Mulțumim și spor la joacă!\n"),
)


def load(services: Any) -> Mapping[str, int]:
    """Put in what is not there yet; how many rows were."""
    at = services.tools.clock.now()
    with services.database.writing() as connection:
        written = select(emails.c.to_address, emails.c.subject).where(emails.c.user_id.startswith(_PREFIX))
        known = {tuple(row) for row in connection.execute(written)}
        rows = {
            users: _owners(),
            servers: _machines(at),
            versions: [{"game": GAME, "version": "1.21.3", "seen_at": at}],
        }
        rows[emails] = [row for row in _mails(at) if (row["to_address"], row["subject"]) not in known]
        return {table.name: sum(_insert(connection, table, row) for row in some) for table, some in rows.items()}


def remove(services: Any) -> Mapping[str, int]:
    """Take it out again, with the mails that the jobs have written about it."""
    ours = or_(emails.c.user_id.startswith(_PREFIX), emails.c.game_server_id.startswith(_PREFIX))
    with services.database.writing() as connection:
        counts = {
            emails.name: connection.execute(delete(emails).where(ours)).rowcount,
            versions.name: connection.execute(delete(versions).where(versions.c.game == GAME)).rowcount,
        }
        for table in (servers, users):
            counts[table.name] = connection.execute(delete(table).where(table.c.id.startswith(_PREFIX))).rowcount
    return counts


def machines() -> list[Machine]:
    """The same servers, as the panel that stands in has them."""
    return [Machine(at, name, status is ServerStatus.EXPIRED) for at, (name, _, status) in enumerate(_SERVERS, 1)]


def _owners() -> list[dict[str, Any]]:
    return [
        {"id": f"{_PREFIX}user-{at}", "name": name, "email": f"player{at}@demo.example"}
        for at, name in enumerate(_USERS, 1)
    ]


def _machines(now: datetime) -> list[dict[str, Any]]:
    owners = _owners()
    return [
        {
            "id": f"{_PREFIX}server-{at}",
            "user_id": owners[at % len(owners)]["id"],
            "name": name,
            "status": status.value,
            "expires_at": now + timedelta(days=days),
            "pt_admin_id": at,
        }
        for at, (name, days, status) in enumerate(_SERVERS, 1)
    ]


def _mails(now: datetime) -> list[dict[str, Any]]:
    """One for each of some users, and one whose address is none."""
    letters = [
        {
            "to_address": owner["email"],
            "subject": subject.format(**owner),
            "text": text.format(**owner),
            "user_id": owner["id"],
            "created_at": now,
        }
        for owner, (subject, text) in zip(_owners(), _MAILS, strict=False)
    ]
    return [*letters, {**letters[0], "to_address": "nobody at all"}]


def _insert(connection: Connection, table: Table, row: dict[str, Any]) -> int:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done = connection.execute(insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key))
    return len(done.all())
