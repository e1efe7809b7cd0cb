"""Deletes old rows a few at a time, with rests, so that nobody has to wait for it."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

from sqlalchemy import Column, delete, func, select, tuple_

_AT_ONCE = 500
_REST = 3  # times as long as a step took


def forget(database: Any, column: Column[Any], before: Any) -> Iterator[tuple[int, float]]:
    """Step by step the rows whose `column` is smaller: how many are gone, and the seconds to rest."""
    table = column.table
    key = tuple_(*table.primary_key.columns)
    some = select(*table.primary_key.columns).where(column < before).order_by(column).limit(_AT_ONCE)
    while True:
        began = perf_counter()
        with database.writing(lazily=True) as connection:
            removed = connection.execute(delete(table).where(key.in_(some))).rowcount
        if removed:
            yield removed, (perf_counter() - began) * _REST
        if removed < _AT_ONCE:
            return


def count(database: Any, column: Column[Any], before: Any) -> int:
    """How many there are to delete."""
    with database.reading() as connection:
        found: int = connection.scalar(select(func.count()).select_from(column.table).where(column < before))
        return found
