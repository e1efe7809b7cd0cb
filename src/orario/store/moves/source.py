"""The SQLite side of a move: writes down what changes, reads pages, and closes the file behind it."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from orario.store.leases import LEAD, MOVED
from orario.store.moves.marks import CHANGES, OWN
from orario.store.raw import once

Rows = Iterable[Sequence[Any]]

_VERSION = re.compile(r"orario(_\w+)?_version")
_TRIGGER = "orario_move_"
_LOWEST = -(2**63)


@dataclass(frozen=True, slots=True)
class Source:
    """A table of the file. `key`: its primary key; `is_followed`: changes of it can be written down, row by row."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_followed: bool


def is_version(name: str) -> bool:
    """Whether a table says at which step others stand; the target has its own."""
    return _VERSION.fullmatch(name) is not None


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def tables(connection: Connection) -> list[Source]:
    """Those of the file, apps' own among them; the largest last, so that what is small is done."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [_table(connection, name, sql) for name, sql in connection.exec_driver_sql(query) if name not in OWN]


def _table(connection: Connection, name: str, sql: str) -> Source:
    found = connection.exec_driver_sql(f"PRAGMA table_info({quoted(name)})").all()
    keys = sorted((row[5], row[1], row[2]) for row in found if row[5])
    has_rows = "WITHOUT ROWID" not in sql.upper()
    is_plain = all("BLOB" not in kind.upper() for _, _, kind in keys)  # JSON cannot hold one
    return Source(
        name, tuple(row[1] for row in found), tuple(key for _, key, _ in keys), has_rows and is_plain and bool(keys)
    )


def follow(connection: Connection, found: Sequence[Source]) -> None:
    """From this transaction on, write down which rows change."""
    connection.exec_driver_sql(
        f"CREATE TABLE IF NOT EXISTS {CHANGES} (seq INTEGER PRIMARY KEY AUTOINCREMENT, place TEXT, key TEXT)"
    )
    for table in found:
        if table.is_followed:
            moved = " OR ".join(f"OLD.{quoted(column)} IS NOT NEW.{quoted(column)}" for column in table.key)
            _trigger(connection, "AFTER", "INSERT", table, _noted(table, "NEW"))
            _trigger(connection, "AFTER", "DELETE", table, _noted(table, "OLD"))
            # An update that leaves the key alone is one change, not two.
            _trigger(connection, "AFTER", "UPDATE", table, _noted(table, "NEW") + _noted(table, "OLD", moved))


def _noted(table: Source, row: str, condition: str = "TRUE") -> str:
    key = ", ".join(f"{row}.{quoted(column)}" for column in table.key)
    place = table.name.replace("'", "''")
    return f"INSERT INTO {CHANGES} (place, key) SELECT '{place}', json_array({key}) WHERE {condition};"


def _trigger(connection: Connection, when: str, event: str, table: Source, body: str) -> None:
    name = quoted(f"{_TRIGGER}{when}_{event}_{table.name}".lower())
    connection.exec_driver_sql(
        f"CREATE TRIGGER IF NOT EXISTS {name} {when} {event} ON {quoted(table.name)} BEGIN {body} END"
    )


def hold(connection: Connection, move: str, micros: int) -> None:
    """Take the lead from whoever has it, for nobody: nothing new is opened or claimed (`instances.prove`)."""
    once(connection, "INSERT INTO leases (name, holder, term, since) VALUES (?, ?, 1, ?)", MOVED, move, micros)
    connection.exec_driver_sql(f"UPDATE leases SET holder = NULL, term = term + 1 WHERE name = '{LEAD}'")


def close(connection: Connection, found: Sequence[Source], reason: str) -> None:
    """Refuse every change from now on, whoever asks for it: even a server of long ago, even by hand."""
    unfollow(connection)
    told = reason.replace("'", "''")
    for table in found:
        for event in ("INSERT", "UPDATE", "DELETE"):
            _trigger(connection, "BEFORE", event, table, f"SELECT RAISE(ABORT, '{told}');")


def unfollow(connection: Connection) -> None:
    """Take the triggers of a move away, those that follow and those that refuse."""
    query = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{_TRIGGER}%'"
    for [name] in connection.exec_driver_sql(query).all():
        connection.exec_driver_sql(f"DROP TRIGGER {quoted(name)}")


def forget(connection: Connection) -> None:
    """Leave nothing of a move in the file: it is its servers' again."""
    unfollow(connection)
    for name in sorted(OWN):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    once(connection, "DELETE FROM leases WHERE name = ?", MOVED)


def last_change(connection: Connection) -> int:
    """The number of the newest change written down; 0: there is none."""
    return int(connection.exec_driver_sql(f"SELECT COALESCE(MAX(seq), 0) FROM {CHANGES}").scalar_one())


def places(connection: Connection, after: int, until: int) -> set[str]:
    """The tables in which something changed between two numbers."""
    query = f"SELECT DISTINCT place FROM {CHANGES} WHERE seq > ? AND seq <= ?"
    return {place for [place] in _raw(connection).execute(query, (after, until))}


def changed(connection: Connection, table: Source, after: int, until: int) -> Iterator[str]:
    """The keys, as JSON arrays, of the rows that changed between two numbers."""
    query = f"SELECT DISTINCT key FROM {CHANGES} WHERE place = ? AND seq > ? AND seq <= ?"
    for [key] in _raw(connection).execute(query, (table.name, after, until)):
        yield key


def present(connection: Connection, table: Source, after: int, until: int) -> Rows:
    """Those of these rows that are there, as they are now."""
    parts = ", ".join(f"json_extract(key, '$[{at}]')" for at in range(len(table.key)))
    keys = f"SELECT {parts} FROM {CHANGES} WHERE place = ? AND seq > ? AND seq <= ?"
    query = f"SELECT {listed(table.columns)} FROM {quoted(table.name)} WHERE ({listed(table.key)}) IN ({keys})"
    return _raw(connection).execute(query, (table.name, after, until))


def page(connection: Connection, table: Source, after: int | None, limit: int) -> tuple[list[Any], int | None]:
    """Some rows in the order of their entry, and where the next page begins; None: there is none."""
    query = f"SELECT rowid, {listed(table.columns)} FROM {quoted(table.name)} WHERE rowid > ? ORDER BY rowid LIMIT ?"
    found = _raw(connection).execute(query, (_LOWEST if after is None else after, limit)).fetchall()
    return [row[1:] for row in found], found[-1][0] if len(found) == limit else None


def everything(connection: Connection, table: Source) -> Rows:
    """All rows of a table whose changes cannot be followed."""
    return _raw(connection).execute(f"SELECT {listed(table.columns)} FROM {quoted(table.name)}")


def count(connection: Connection, table: Source) -> int:
    return int(connection.exec_driver_sql(f"SELECT COUNT(*) FROM {quoted(table.name)}").scalar_one())


def counted_up(connection: Connection) -> dict[str, int]:
    """By table, the highest id ever given where none is given twice."""
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").all():
        return {}
    return {name: int(seq or 0) for name, seq in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}


def _raw(connection: Connection) -> sqlite3.Connection:
    """Rows as the driver has them: nothing is decoded only to be encoded again."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw
