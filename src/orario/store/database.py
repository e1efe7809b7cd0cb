"""The door to the database: read, write, and awaited from a loop."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool

from orario.core.errors import Misconfigured

Args = ParamSpec("Args")
Answer = TypeVar("Answer")

_BUSY_SECONDS = 15
_THREADS = 4  # ticker, claims, settlements and heartbeat wait for each other at most, never for requests


class Database:
    """One SQLite file or one PostgreSQL database.

    On SQLite the writers of this process queue at a lock of ours: SQLite's own way of waiting is to sleep and
    try again, which costs tens of milliseconds under load. Other processes are waited for by SQLite.
    """

    def __init__(self, url: str, *, inline: bool = False) -> None:
        """`inline` is for tests that hold the clock: no second thread, and no waiting for the disk."""
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
        self.dialect = parsed.get_backend_name()
        if self.dialect == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.path = Path(parsed.database or "") if self.dialect == "sqlite" else None
        self.url = parsed.render_as_string(hide_password=True)
        self._writer = _engine(parsed, self.dialect, "BEGIN IMMEDIATE", not inline, read_only=False)
        self._reader = _engine(parsed, self.dialect, "BEGIN", not inline, read_only=True)
        self._lock: AbstractContextManager[Any] = Lock() if self.path else nullcontext()
        self._threads = None if inline else ThreadPoolExecutor(_THREADS, "orario-database")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot to read from."""
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block, undone if the block raises."""
        with self._lock, self._writer.begin() as connection:
            yield connection

    async def transact(
        self,
        function: Callable[Concatenate[Connection, Args], Answer],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Answer:
        """`function(connection, *args)` in a transaction of its own, without blocking the caller's loop."""
        return await self._off_loop(self._write, function, args, kwargs)

    async def fetch(
        self,
        function: Callable[Concatenate[Connection, Args], Answer],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Answer:
        """`function(connection, *args)` on a snapshot, without blocking the caller's loop."""
        return await self._off_loop(self._read, function, args, kwargs)

    async def _off_loop(self, door: Callable[..., Answer], *args: Any) -> Answer:
        if self._threads is None:  # inline: a test holds the clock and wants no second thread
            return door(*args)
        return await asyncio.get_running_loop().run_in_executor(self._threads, door, *args)

    def _write(self, function: Callable[..., Answer], args: Any, kwargs: Any) -> Answer:
        with self.writing() as connection:
            return function(connection, *args, **kwargs)

    def _read(self, function: Callable[..., Answer], args: Any, kwargs: Any) -> Answer:
        with self.reading() as connection:
            return function(connection, *args, **kwargs)

    def checkpoint(self) -> None:
        """Move SQLite's write-ahead log into the file, away from the hot path; nothing to do on PostgreSQL."""
        if self.path is None:
            return
        with self._reader.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            busy, pages, _ = raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if not busy and pages > _LONG_LOG_PAGES:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=True)
        self._writer.dispose()
        self._reader.dispose()


_LONG_LOG_PAGES = 16_384  # 64 MiB


def _engine(url: Any, dialect: str, begin: str, durable: bool, *, read_only: bool) -> Engine:
    options: dict[str, Any] = {"json_serializer": _dump_json, "pool_pre_ping": dialect == "postgresql"}
    if dialect == "sqlite":
        options |= {
            "poolclass": QueuePool,
            "connect_args": {"timeout": _BUSY_SECONDS, "check_same_thread": False},
        }
    try:
        engine = create_engine(url, pool_size=10, max_overflow=50, **options)
    except ModuleNotFoundError as error:
        raise Misconfigured(f"ORARIO_DATABASE_URL needs a driver: pip install 'orario[postgres]' ({error})") from None
    if dialect == "sqlite":
        _tune_sqlite(engine, begin, durable, read_only=read_only)
    return engine


def _tune_sqlite(engine: Engine, begin: str, durable: bool, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        connection.execute("PRAGMA journal_mode = WAL")
        # An answer is given only after it is on the disk.
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # upkeep does it, so that no commit waits for it
        connection.execute("PRAGMA cache_size = -32000")
        connection.execute("PRAGMA temp_store = MEMORY")
        if read_only:
            connection.execute("PRAGMA query_only = ON")

    # SQLite has one writer: take the write lock before reading, or two claims see one row.
    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
