"""SQLite's write-ahead log: how much of it waits to be moved into the file, and moving it."""

import struct
from pathlib import Path
from sqlite3 import Connection

SHORT = 250  # pages: about a megabyte
LONG = 32_768  # 128 MiB; until then, a busy server does not stop for it
_ENDLESS = 4 * LONG
# Places of mxFrame and nBackfill in the shared-memory file (sqlite.org/walformat.html, "WAL-index header").
_LAST_FRAME, _MOVED_FRAMES, _HEADER = 16, 96, 136


def backlog(database: Path) -> int:
    """How many pages of the log are not in the file yet."""
    try:
        with Path(f"{database}-shm").open("rb") as index:
            header = index.read(_HEADER)
    except FileNotFoundError:
        return 0
    if len(header) < _HEADER:
        return 0
    return max(_number(header, _LAST_FRAME) - _number(header, _MOVED_FRAMES), 0)


def _number(header: bytes, place: int) -> int:
    [number] = struct.unpack_from("=I", header, place)
    return int(number)


def checkpoint(connection: Connection) -> None:
    """Move what no reader still needs. Writers go on; only a log that grew without end makes them wait."""
    _, pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if pages > _ENDLESS:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
