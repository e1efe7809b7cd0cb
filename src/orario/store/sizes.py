"""How much room the database takes, and which table takes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from orario.core.ids import first_id
from orario.store.database import Database

_HISTORY = ("executions", "attempts", "logs")
_LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table: its rows, and its bytes with its indexes; None where the database does not tell."""

    name: str
    rows: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Room:
    """What is on the disk. `free`: inside the file, to be used again; `wal`: written, not yet in the file."""

    total: int
    file: int
    wal: int
    free: int


def size(database: Database) -> int:
    """Bytes of the whole database, its write-ahead log included; cheap."""
    if database.path is not None:
        return sum(_bytes(Path(f"{database.path}{end}")) for end in ("", "-wal"))
    with database.reading() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def room(database: Database) -> Room:
    """The same, part by part."""
    if database.path is None:
        total = size(database)
        return Room(total, total, 0, 0)
    with database.reading() as connection:
        free, page = (int(_pragma(connection, name)) for name in ("freelist_count", "page_size"))
    file, wal = _bytes(database.path), _bytes(Path(f"{database.path}-wal"))
    return Room(file + wal, file, wal, free * page)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.execute(text(f"PRAGMA {name}")).scalar_one())


def names(connection: Connection) -> list[str]:
    """The tables there are, those of apps too."""
    return sorted(inspect(connection).get_table_names())


def table(connection: Connection, name: str) -> TableSize:
    """One of them; every row is counted, on SQLite every page is looked at."""
    quoted = '"' + name.replace('"', '""') + '"'
    rows = connection.execute(text(f"SELECT COUNT(*) FROM {quoted}")).scalar_one()
    return TableSize(name, int(rows), _table_bytes(connection, name, quoted))


def _table_bytes(connection: Connection, name: str, quoted: str) -> int | None:
    if connection.dialect.name == "postgresql":
        query = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
        return int(connection.execute(query, {"name": quoted}).scalar_one())
    own = "SELECT name FROM sqlite_master WHERE tbl_name = :name AND type IN ('table', 'index')"
    try:  # not every build of SQLite has dbstat
        # Pages, not bytes: those it counts in 32 bits.
        query = text(f"SELECT SUM(pageno) FROM dbstat WHERE aggregate = TRUE AND name IN ({own})")
        pages = int(connection.execute(query, {"name": name}).scalar_one() or 0)
        return pages * int(_pragma(connection, "page_size"))
    except DatabaseError:
        return None


def growth(connection: Connection, tables: list[TableSize], now: datetime) -> int | None:
    """About how many bytes a day are added, as in the last week; None: nobody can say."""
    found = {one.name: one for one in tables}
    sizes = [found[name].bytes for name in _HISTORY if name in found]
    rows = found["executions"].rows if "executions" in found else 0
    if not rows or None in sizes:
        return None
    since = first_id(now - _LOOK_BACK)
    query = text("SELECT COUNT(*), MIN(created_at) FROM executions WHERE id >= :since")
    value = since.hex if connection.dialect.name == "sqlite" else since
    opened, first = connection.execute(query, {"since": value}).one()
    if not opened:
        return 0
    days = max((now.timestamp() - first / 1e6) / 86_400, 1 / 24)
    return int(sum(filter(None, sizes)) / rows * opened / days)
