"""SQLite's write-ahead log: how much of it waits to be moved into the file, and moving it."""

import os
import struct
from pathlib import Path
from sqlite3 import Connection
from threading import Lock

SHORT = 250  # pages: about a megabyte
LONG = 32_768  # 128 MiB; until then, a busy server does not stop for it
_ENDLESS = 4 * LONG
# Places of mxFrame and nBackfill in the shared-memory file (sqlite.org/walformat.html, "WAL-index header").
_LAST_FRAME, _MOVED_FRAMES, _HEADER = 16, 96, 136


def backlog(database: Path) -> int:
    """How many pages of the log are not in the file yet."""
    try:
        header = os.pread(_index.descriptor(f"{database}-shm"), _HEADER, 0)
    except FileNotFoundError:
        return 0
    if len(header) < _HEADER:
        return 0
    return max(_number(header, _LAST_FRAME) - _number(header, _MOVED_FRAMES), 0)


class _Index:
    """The shared-memory files of the databases in use, opened once each.

    They are not closed while they are there: whoever closes one of a process's descriptors of a file gives up all
    the locks that the process holds on it (fcntl(2)), and those on this file are what keeps writers apart.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[str, int] = {}

    def descriptor(self, path: str) -> int:
        with self._lock:
            found = self._open.get(path)
            if found is None or not os.path.samestat(os.fstat(found), os.stat(path)):
                self._close_the_deleted()
                found = self._open[path] = os.open(path, os.O_RDONLY)
            return found

    def _close_the_deleted(self) -> None:
        for path, descriptor in list(self._open.items()):
            if os.fstat(descriptor).st_nlink == 0:
                os.close(self._open.pop(path))


_index = _Index()


def _number(header: bytes, place: int) -> int:
    [number] = struct.unpack_from("=I", header, place)
    return int(number)


def checkpoint(connection: Connection) -> None:
    """Move what no reader still needs. Writers go on; only a log that grew without end makes them wait."""
    _, pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if pages > _ENDLESS:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
