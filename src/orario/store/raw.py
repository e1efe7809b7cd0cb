"""Statements for the hot path, written once and handed straight to the driver."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from orario.store.columns import from_micros


def many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run `statement`, whose places are question marks, for every row; how many rows it touched.

    SQLAlchemy's own groups cost two to three times as much; only what runs for every firing comes here.
    """
    if not rows:
        return 0
    return connection.exec_driver_sql(_spoken(connection, statement), list(rows)).rowcount


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
    return UUID(int=int(value, 16)) if type(value) is str else value


def to_key(value: Any) -> str:
    """An identifier as 32 hexadecimal digits: on the hot path, where making a UUID costs more than reading a row."""
    return value if type(value) is str else value.hex


def to_moment(value: int | None) -> datetime | None:
    """A moment as it is stored."""
    return None if value is None else from_micros(value)


def _spoken(connection: Connection, statement: str) -> str:
    return statement.replace("?", "%s") if connection.dialect.name == "postgresql" else statement
