"""Statements for the hot path, written once and handed straight to the driver in groups."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


def many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run `statement`, whose places are question marks, for every row; how many rows it touched.

    SQLAlchemy's own groups cost two to three times as much; only what runs for every firing comes here.
    """
    if not rows:
        return 0
    if connection.dialect.name == "postgresql":
        statement = statement.replace("?", "%s")
    return connection.exec_driver_sql(statement, list(rows)).rowcount


def marks(count: int) -> str:
    """`count` places, for IN (...)."""
    return ", ".join("?" * count)
