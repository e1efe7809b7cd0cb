"""The PostgreSQL side of a move: takes rows in by COPY, replaces what has changed, and remembers how far it is."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect

from orario.core.errors import Conflict
from orario.store.moves import indexes
from orario.store.moves.marks import DONE, MARK, OWN
from orario.store.moves.source import Rows, Source, is_version, listed, quoted
from orario.store.raw import many, once, rows

_MAKE = (
    f"CREATE TABLE {MARK} (id TEXT PRIMARY KEY, source TEXT NOT NULL, applied BIGINT NOT NULL)",
    f"CREATE TABLE {DONE} (name TEXT PRIMARY KEY, at BIGINT, is_done BOOLEAN NOT NULL)",
)
_UNFIT = ("22", "23")  # classes of SQLSTATE: data exception, integrity constraint violation
_UTC = "SET LOCAL TIME ZONE 'UTC'"  # SQLite keeps moments of apps without a zone, and means this one


@dataclass(frozen=True, slots=True)
class Place:
    """How far one table is: after which row of the file the next page begins."""

    at: int | None
    is_done: bool


def move_under_way(connection: Connection) -> str | None:
    """Which move is filling this database; None: none is."""
    if not inspect(connection).has_table(MARK):
        return None
    [found] = rows(connection, f"SELECT id FROM {MARK}")
    return str(found[0])


def require_empty(connection: Connection) -> None:
    """Raise Conflict unless there is nothing that a move could be taken for, or could spoil."""
    for name in sorted(inspect(connection).get_table_names()):
        if not is_version(name) and connection.exec_driver_sql(f"SELECT 1 FROM {quoted(name)} LIMIT 1").all():
            raise Conflict(
                f"the database is not empty: there are rows in {name}. Give a fresh one, as `createdb orario` makes"
            )


def begin(connection: Connection, move: str, source: str) -> None:
    """Mark the database as being filled, so that no server starts on it, and make it quick to fill."""
    for statement in _MAKE:
        connection.exec_driver_sql(statement)
    indexes.take_away(connection)
    once(connection, f"INSERT INTO {MARK} VALUES (?, ?, 0)", move, source)


def missing(connection: Connection, found: Iterable[Source]) -> Iterator[tuple[Source, tuple[str, ...]]]:
    """The tables, and their columns, that the target has not."""
    inspector = inspect(connection)
    for table in found:
        there = inspector.get_columns(table.name) if inspector.has_table(table.name) else []
        if lacking := tuple(sorted(set(table.columns) - {column["name"] for column in there})):
            yield table, lacking


def place(connection: Connection, table: Source) -> Place:
    found = rows(connection, f"SELECT at, is_done FROM {DONE} WHERE name = ?", table.name)
    return Place(found[0][0], found[0][1]) if found else Place(None, False)


def take_page(connection: Connection, table: Source, page: Sequence[Any], then: Place) -> None:
    """A page of a table, and where the next one begins: both or neither."""
    driver = _driver(connection)
    try:
        with driver.transaction():
            _copy(driver, table, page)
    except Exception:
        # A row was entered a second time since its page, or holds a character that PostgreSQL does not have.
        _delete(driver, table, ([row[table.columns.index(one)] for one in table.key] for row in page))
        _put(driver, table, page)
    once(
        connection,
        f"INSERT INTO {DONE} VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at,"
        " is_done = EXCLUDED.is_done",
        *(table.name, then.at, then.is_done),
    )


def replace(connection: Connection, table: Source, keys: Iterable[str], now: Rows) -> None:
    """The rows of these keys as they are now; those that are no more are gone."""
    driver = _driver(connection)
    _delete(driver, table, map(json.loads, keys))
    _put(driver, table, now)


def replace_all(connection: Connection, table: Source, now: Rows) -> None:
    """All of a table whose changes cannot be followed."""
    connection.exec_driver_sql(f"DELETE FROM {quoted(table.name)}")
    _put(_driver(connection), table, now)


def _put(driver: Any, table: Source, found: Rows) -> None:
    try:
        _copy(driver, table, map(_without_nul, found))
    except Exception as error:
        if str(getattr(error, "sqlstate", None))[:2] not in _UNFIT:
            raise
        reason = str(error).strip().partition("\n")[0]
        raise Conflict(f"a row of {table.name} does not fit into PostgreSQL: {reason}") from error


def _copy(driver: Any, table: Source, found: Rows) -> None:
    driver.execute(_UTC)
    with driver.cursor().copy(f"COPY {quoted(table.name)} ({listed(table.columns)}) FROM STDIN".encode()) as copy:
        for row in found:
            copy.write_row(row)


def _delete(driver: Any, table: Source, keys: Iterable[Sequence[Any]]) -> None:
    condition = " AND ".join(f"{quoted(column)} = %s" for column in table.key)
    driver.cursor().executemany(f"DELETE FROM {quoted(table.name)} WHERE {condition}".encode(), keys)


def _without_nul(row: Sequence[Any]) -> list[Any]:
    return [value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value for value in row]


def applied(connection: Connection) -> int:
    """The number of the last change of the file that is in here."""
    [found] = rows(connection, f"SELECT applied FROM {MARK}")
    return int(found[0])


def note_applied(connection: Connection, number: int) -> None:
    once(connection, f"UPDATE {MARK} SET applied = ?", number)


def count_on(connection: Connection, found: Iterable[Source], highest: dict[str, int]) -> None:
    """Let every id that PostgreSQL counts up by itself go on after the highest there was."""
    for table in found:
        for column in table.key:
            [[sequence]] = rows(connection, "SELECT pg_get_serial_sequence(?, ?)", quoted(table.name), column)
            if sequence is not None:
                top = f"SELECT GREATEST(MAX({quoted(column)}), ?) FROM {quoted(table.name)}"
                [[last]] = rows(connection, top, highest.get(table.name))
                if last:
                    rows(connection, "SELECT setval(?, ?)", sequence, last)


def count(connection: Connection, table: Source) -> int:
    return int(connection.exec_driver_sql(f"SELECT COUNT(*) FROM {quoted(table.name)}").scalar_one())


def end(connection: Connection) -> None:
    """Nothing of the move is left but its row in the audit; servers may start."""
    many(connection, "DELETE FROM leases WHERE name = ?", [("moved",)])
    for name in sorted(OWN):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def _driver(connection: Connection) -> Any:
    """psycopg's own connection, in the same transaction."""
    return connection.connection.driver_connection
