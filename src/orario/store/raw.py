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
from orario.store.tables import metadata

_GROUP = 50  # rows in one statement: more gain nothing
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


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
    if len(rows) < _GROUP:
        return many(connection, statement, rows)
    if connection.dialect.name == "postgresql":
        columns = tuple(map(list, zip(*rows, strict=True)))
        return connection.exec_driver_sql(_of_arrays(statement), columns).rowcount
    whole = len(rows) - len(rows) % _GROUP
    grouped = _grouped(statement)
    touched = 0
    for start in range(0, whole, _GROUP):
        values = tuple(chain.from_iterable(rows[start : start + _GROUP]))
        touched += connection.exec_driver_sql(grouped, values).rowcount
    return touched + many(connection, statement, rows[whole:])


@lru_cache(maxsize=64)
def _of_arrays(statement: str) -> str:
    """The statement for as many rows as the arrays have, one for each column."""
    _, table, rest = re.split(r"^(?:INSERT INTO|UPDATE) (\w+) ", statement)
    if statement.startswith("INSERT"):
        names, after = re.fullmatch(r"\(([\w, ]+)\) VALUES \([?, ]+\)(.*)", rest).groups()  # type: ignore[union-attr]
        return f"INSERT INTO {table} ({names}) SELECT * FROM {_arrays(table, names.split(', '))}{after}"
    numbers = count(1)
    names = re.findall(r"(\w+) = [^=?]*\?", rest)
    change, where = re.sub(r"\?", lambda _: f"given.column{next(numbers)}", rest).split(" WHERE ", 1)
    columns = ", ".join(f"column{number}" for number in range(1, len(names) + 1))
    return f"UPDATE {table} {change} FROM {_arrays(table, names)} AS given ({columns}) WHERE {where}"


def _arrays(table: str, names: Sequence[str]) -> str:
    kinds = (metadata.tables[table].c[name].type.compile(_POSTGRESQL) for name in names)
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})"


@lru_cache(maxsize=64)
def _grouped(statement: str) -> str:
    """The statement for a group of rows instead of one."""
    if statement.startswith("INSERT"):
        return re.sub(r"VALUES (\([?, ]+\))", lambda found: f"VALUES {', '.join([found[1]] * _GROUP)}", statement)
    numbers = count(1)
    change, where = re.sub(r"\?", lambda _: f"given.column{next(numbers)}", statement).split(" WHERE ", 1)
    row = f"({marks(next(numbers) - 1)})"
    return f"{change} FROM (VALUES {', '.join([row] * _GROUP)}) AS given WHERE {where}"


def once(connection: Connection, statement: str, *values: Any) -> int:
    """Run `statement` once; how many rows it touched."""
    return connection.exec_driver_sql(_spoken(connection, statement), values).rowcount


def rows(connection: Connection, statement: str, *values: Any) -> Sequence[Any]:
    """The rows that `statement` finds, as the driver has them: see `to_uuid` and `to_moment`."""
    return connection.exec_driver_sql(_spoken(connection, statement), values).all()


def marks(count: int) -> str:
    """`count` places, for IN (...)."""
    return ", ".join("?" * count)


def to_uuid(value: Any) -> UUID:
    """An identifier as the drivers give it: text on SQLite, a UUID on PostgreSQL."""
    return Id(value) if type(value) is str else value


def to_key(value: Any) -> str:
    """An identifier as 32 hexadecimal digits: on the hot path, where making a UUID costs more than reading a row."""
    return value if type(value) is str else value.hex


def to_moment(value: int | None) -> datetime | None:
    """A moment as it is stored."""
    return None if value is None else from_micros(value)


def _spoken(connection: Connection, statement: str) -> str:
    return statement.replace("?", "%s") if connection.dialect.name == "postgresql" else statement
