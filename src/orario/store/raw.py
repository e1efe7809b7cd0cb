"""Statements for the hot path, written once and handed straight to the driver."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain, count
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

from orario.core.ids import Id
from orario.store.columns import from_micros
from orario.store.postgresql import BY_INDEXES
from orario.store.tables import metadata

_GROUPS = (250, 50)  # rows in one statement: as large as there are so many
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
_UNQUOTED = frozenset({"UUID", "INTEGER", "BIGINT"})


def many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run `statement`, whose places are question marks, for every row; how many rows it touched.

    SQLAlchemy's own groups cost two to three times as much; only what runs for every firing comes here.
    """
    if not rows:
        return 0
    return connection.exec_driver_sql(_spoken(connection, statement), list(rows)).rowcount


def together(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """The same as `many`, for rows of which each touches another row of the table; how many it touched.

    In statements for many rows at a time. On SQLite because the driver gives the interpreter away and waits for it
    again at every statement, and on the hot path somebody else always wants it; on PostgreSQL, where columns go as
    arrays, because a statement costs the server more than its row. `statement` is an INSERT with VALUES (?, ...) or
    an UPDATE with WHERE.
    """
    if connection.dialect.name == "postgresql":
        return _as_arrays(connection, statement, rows) if len(rows) > 1 else many(connection, statement, rows)
    done = touched = 0
    for size in _GROUPS:
        while len(rows) - done >= size:
            values = tuple(chain.from_iterable(rows[done : done + size]))
            touched += connection.exec_driver_sql(_grouped(statement, size), values).rowcount
            done += size
    return touched + many(connection, statement, rows[done:])


def _as_arrays(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """One array for each column, and one value for each that is the same in all rows."""
    columns = list(map(list, zip(*rows, strict=True)))
    shared = tuple(column.count(column[0]) == len(column) for column in columns)
    arrays = [
        _array(column) if type in _UNQUOTED else column
        for column, type, is_shared in zip(columns, _types(statement), shared, strict=True)
        if not is_shared
    ]
    values = [column[0] for column, is_shared in zip(columns, shared, strict=True) if is_shared]
    return connection.exec_driver_sql(_of_arrays(statement, shared), (*arrays, *values)).rowcount


def _array(column: Sequence[Any]) -> str:
    """An array as PostgreSQL reads it: the driver takes a microsecond for each value, to find what needs quotes."""
    return f"{{{','.join(['NULL' if value is None else str(value) for value in column])}}}"


@lru_cache(maxsize=64)
def _types(statement: str) -> tuple[str, ...]:
    """What stands at each place of an INSERT or UPDATE, as PostgreSQL calls it."""
    _, table, rest = _parts(statement)
    names = rest[1 : rest.index(")")].split(", ") if rest.startswith("(") else re.findall(r"(\w+) = [^=?]*\?", rest)
    return tuple(metadata.tables[table].c[name].type.compile(_POSTGRESQL) for name in names)


@lru_cache(maxsize=256)
def _of_arrays(statement: str, shared: tuple[bool, ...]) -> str:
    """The statement for as many rows as the arrays have; `shared` says which columns have one value for all."""
    verb, table, rest = _parts(statement)
    source = _source(_types(statement), shared)
    places = iter([f"{'same' if one else 'given'}.column{number}" for number, one in enumerate(shared)])
    if verb == "INSERT INTO":
        names, after = re.split(r" VALUES \([?, ]+\)", rest)
        return f"INSERT INTO {table} {names} SELECT {', '.join(places)} FROM {source}{after}"
    change, where = re.sub(r"\?", lambda _: next(places), rest).split(" WHERE ", 1)
    # By its id, each: an index of all that is in this state looks short to a server that counted when few were.
    where = where.replace("state = ", "state || '' = ")
    return f"UPDATE {table} {change} FROM {source} WHERE {where}"


def _parts(statement: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"(INSERT INTO|UPDATE) (\w+) (.*)", statement)
    assert found is not None
    return found[1], found[2], found[3]


def _source(types: Sequence[str], shared: Sequence[bool]) -> str:
    """The rows of arrays, and beside each the values that all of them share."""
    numbered = list(enumerate(zip(types, shared, strict=True)))
    given = [(number, type) for number, (type, is_shared) in numbered if not is_shared]
    arrays = ", ".join(f"%s::{type}[]" for _, type in given)
    source = f"unnest({arrays}) AS given ({', '.join(f'column{number}' for number, _ in given)})"
    if len(given) == len(types):
        return source
    same = ", ".join(f"%s::{type} AS column{number}" for number, (type, is_shared) in numbered if is_shared)
    return f"{source}, (SELECT {same}) AS same"


@lru_cache(maxsize=64)
def _grouped(statement: str, size: int) -> str:
    """The statement for a group of so many rows instead of one."""
    if statement.startswith("INSERT"):
        return re.sub(r"VALUES (\([?, ]+\))", lambda found: f"VALUES {', '.join([found[1]] * size)}", statement)
    numbers = count(1)
    change, where = re.sub(r"\?", lambda _: f"given.column{next(numbers)}", statement).split(" WHERE ", 1)
    row = f"({marks(next(numbers) - 1)})"
    return f"{change} FROM (VALUES {', '.join([row] * size)}) AS given WHERE {where}"


def once(connection: Connection, statement: str, *values: Any) -> int:
    """Run `statement` once; how many rows it touched."""
    return connection.exec_driver_sql(_spoken(connection, statement), values).rowcount


def rows(connection: Connection, statement: str, *values: Any) -> Sequence[Any]:
    """The rows that `statement` finds, as the driver has them: see `to_uuid` and `to_moment`."""
    return connection.exec_driver_sql(_spoken(connection, statement), values).all()


def by_indexes(connection: Connection) -> None:
    """Until the end of the transaction rows are found by indexes, as SQLite finds them by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT {BY_INDEXES}")


def marks(count: int) -> str:
    """`count` places, for IN (...)."""
    return ", ".join("?" * count)


def to_uuid(value: Any) -> UUID:
    """An identifier as the drivers give it: text on SQLite, a UUID on PostgreSQL."""
    return Id(value) if type(value) is str else value


def to_key(value: Any) -> str:
    """An identifier as 32 hexadecimal digits: on the hot path, where making a UUID costs more than reading a row.

    It costs least where the statement asks for it as text: PostgreSQL's has hyphens.
    """
    return value.replace("-", "") if type(value) is str else value.hex


def to_moment(value: int | None) -> datetime | None:
    """A moment as it is stored."""
    return None if value is None else from_micros(value)


def _spoken(connection: Connection, statement: str) -> str:
    return statement.replace("?", "%s") if connection.dialect.name == "postgresql" else statement
