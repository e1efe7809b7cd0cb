"""Gives free pages of the file back to the disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url

_PAGES = 200  # in one transaction: a few milliseconds
_INCREMENTAL = 2
_LOOKED_AT = 1000  # rows of an index
_PATIENCE = 15  # seconds, for those who write


def can_shrink_online(path: Path) -> bool:
    """Whether the file can shrink page by page; files made by early versions need one full vacuum first."""
    with _opened(path) as connection:
        return _figure(connection, "auto_vacuum") == _INCREMENTAL


def shrink(path: Path) -> Iterator[tuple[int, int]]:
    """Step by step: how many pages are given back, of how many. Between the steps the caller rests."""
    with _opened(path) as connection:
        total = left = _figure(connection, "freelist_count")
        while left:
            # A script, because a statement would be left after its first page.
            connection.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
            before, left = left, _figure(connection, "freelist_count")
            yield total - left, total
            if left >= before:  # others write meanwhile
                return


def vacuum_file(path: Path) -> None:
    """Write the file anew: smallest, in order, and able to shrink. Nobody else can write until it is done."""
    with _opened(path) as connection:
        connection.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def analyze_table(path: Path, table: str) -> None:
    """Let SQLite's planner know how a table stands; a look at some rows of each index is enough."""
    with _opened(path) as connection:
        connection.execute(f"PRAGMA analysis_limit = {_LOOKED_AT}")
        connection.execute(f"ANALYZE {_quoted(table)}")


def vacuum_server(url: str, *, full: bool) -> None:
    """PostgreSQL's own: plain it locks nobody out, full it writes every table anew and locks each meanwhile."""
    _outside_transactions(url, "VACUUM (FULL, ANALYZE)" if full else "VACUUM (ANALYZE)")


def vacuum_table(url: str, table: str) -> None:
    """The same of one table, plain."""
    _outside_transactions(url, f"VACUUM (ANALYZE) {_quoted(table)}")


def _outside_transactions(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def _quoted(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
        yield connection


def _figure(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
