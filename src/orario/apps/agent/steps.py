"""Work in small transactions with rests between, so that nobody waits for it and it can be stopped at any point."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, literal, select

from orario import Context

# How long one transaction may take, in seconds, and how many times as long the rest after it is. On SQLite everybody
# who writes waits for it; on PostgreSQL nobody does, and the rest is for the disk.
_PACE = {"sqlite": (0.003, 4.0), "postgresql": (0.02, 1.0)}
_LONGEST_REST = 1.0
_LEAST, _MOST = 20, 1000


def in_steps(context: Context, act: Callable[[Connection, int], int], *, size: int = 100) -> Iterator[int]:
    """`act(connection, size)` again and again, until it has done nothing; how many rows each time.

    How many rows go into the next step, and how long the rest before it is, the step before decides.
    """
    database = context.services.database
    hold, rest = _PACE[database.dialect]
    while True:
        context.check()
        with database.writing(lazily=True) as connection:
            began = time.perf_counter()
            done = act(connection, size)
        took = time.perf_counter() - began
        if not done:
            return
        yield done
        size = int(min(max((size + done * hold / max(took, 1e-6)) / 2, _LEAST), _MOST))
        time.sleep(min(took * rest, _LONGEST_REST))


def is_status(column: ColumnElement[Any], status: str) -> ColumnElement[bool]:
    """Said as a literal: a partial index serves nothing else."""
    return column == literal(status, literal_execute=True)


def count(context: Context, table: Table, *conditions: ColumnElement[bool]) -> int:
    """How many rows there are now."""
    with context.services.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


class Walk:
    """Goes through the rows of some conditions in the order of a column, and never looks back.

    What is deleted stays in PostgreSQL's indexes for a while: who starts from the front at every step walks over it
    again and again.
    """

    def __init__(self, table: Table, column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> None:
        self.table = table
        self.conditions = conditions
        self._column = column
        self._floor: Any = None

    def some(self, connection: Connection, limit: int) -> list[int]:
        """The ids of the next rows; those that are still there come again."""
        self._floor = connection.scalar(self._next(self._column, 1))
        return [] if self._floor is None else list(connection.scalars(self._next(self.table.c.id, limit)))

    def delete(self, connection: Connection, limit: int) -> int:
        """Delete the next rows, whose ids nobody asks for; how many there were."""
        self._floor = connection.scalar(self._next(self._column, 1))
        if self._floor is None:
            return 0
        these = self.table.c.id.in_(self._next(self.table.c.id, limit))
        return connection.execute(delete(self.table).where(these)).rowcount

    def _next(self, column: ColumnElement[Any], limit: int) -> Select[Any]:
        reached = () if self._floor is None else (self._column >= self._floor,)
        return select(column).where(*self.conditions, *reached).order_by(self._column).limit(limit)
