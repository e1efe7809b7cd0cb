"""Puts what a living Orario of an earlier schema held into a database of that schema.

`schemas/0001.json` was recorded from the Orario of that time; the file of a later schema holds what is new in it.
"""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Connection, inspect

from orario.store.database import Database
from orario.store.migrating import migrate
from orario.store.raw import many, marks, rows

RECORDED = {file.stem: file for file in sorted((Path(__file__).parent / "schemas").glob("*.json"))}
_COUNTED = ("tasks", "logs", "gaps", "audit")  # their ids are counted up by the database


def settle_at(database: Database, revision: str) -> None:
    """Live through every schema up to `revision`, with data in each."""
    for step, file in RECORDED.items():
        if step <= revision:
            migrate(database, to=step)
            with database.writing() as connection:
                _fill(connection, json.loads(file.read_text()))
    migrate(database, to=revision)


def _fill(connection: Connection, recorded: dict[str, list[dict[str, Any]]]) -> None:
    for table, found in recorded.items():
        truths = {one["name"] for one in inspect(connection).get_columns(table) if isinstance(one["type"], Boolean)}
        for row in found:
            values = tuple(bool(value) if name in truths else value for name, value in row.items())
            many(connection, f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks(len(row))})", [values])
        if found and table in _COUNTED and connection.dialect.name == "postgresql":
            last = max(row["id"] for row in found)
            rows(connection, f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})")
