"""Whether the indexes of the tables are there."""

from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import Connection, Index, MetaData, inspect


def missing_indexes(
    connection: Connection, metadata: MetaData
) -> Iterator[tuple[str, Callable[[Connection], object]]]:
    """The indexes of these tables that are not there: (name, what makes it)."""
    inspector = inspect(connection)
    for table in metadata.sorted_tables:
        if not inspector.has_table(table.name):
            continue
        there = {found["name"] for found in inspector.get_indexes(table.name)}
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            if index.name not in there:
                yield str(index.name), partial(_make, index=index)


def _make(connection: Connection, index: Index) -> None:
    index.create(connection)
