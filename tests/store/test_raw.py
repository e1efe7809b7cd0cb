"""Statements for many rows at a time do what they do for one, on both databases."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from orario.store.database import Database
from orario.store.raw import together

_PUT = (
    "INSERT INTO cursors (job_id, position, next_at, fold, failures_in_row, success_count, failed_count,"
    " timeout_count, cancelled_count, skipped_count, missed_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (job_id) DO NOTHING"
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, durable=False)
    yield opened
    opened.close()


@pytest.mark.parametrize("count", [1, 2, 370])  # 370: whole groups of each size, and a rest
def test_rows_are_put_changed_and_counted(database: Database, count: int) -> None:
    keys = [uuid4().hex for _ in range(count)]
    put = [(key, number, None, *[0] * 8) for number, key in enumerate(keys)]
    change = "UPDATE cursors SET position = position + ?, next_at = COALESCE(?, next_at) WHERE job_id = ?"
    changes = [(1000, None if number % 2 else number, key) for number, key in enumerate(keys)]
    with database.writing() as connection:
        assert together(connection, _PUT, put) == count
        assert together(connection, _PUT, put) == 0, "they are there already"
        assert together(connection, f"{change} AND position < 100", changes) == min(count, 100)
        found = connection.exec_driver_sql("SELECT job_id, position, next_at FROM cursors").all()
    expected = {
        key: (number + 1000, None if number % 2 else number) if number < 100 else (number, None)
        for number, key in enumerate(keys)
    }
    assert {getattr(key, "hex", key): (position, next_at) for key, position, next_at in found} == expected
