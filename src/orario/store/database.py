"""The door to the database: read, write, and awaited from a loop."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock, get_ident, local
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from orario.core.errors import Misconfigured
from orario.store import postgresql, wal

Args = ParamSpec("Args")
Answer = TypeVar("Answer")

_LATER = "orario_after_commit"
_BUSY_SECONDS = 15
_LOOK_AGAIN = 0.001
_RETRIES = 3  # of a transaction that two of several instances undid for each other
_THREADS = 4  # ticker, claims, settlements and heartbeat wait for each other at most, never for requests


class Database:
    """One SQLite file or one PostgreSQL database.

    On SQLite the writers of this process queue at a lock of ours, and look often whether another process is done:
    SQLite's own way of waiting is to sleep ever longer and try again, which costs tens of milliseconds under load,
    and starves one of two processes that write all the time.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        """Without `durable` nothing waits for the disk, and a power cut may cost everything: for tests."""
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
        self.dialect = parsed.get_backend_name()
        if self.dialect == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.path = Path(parsed.database or "") if self.dialect == "sqlite" else None
        self.url = parsed.render_as_string(hide_password=True)
        self.written = 0  # transactions so far
        full, normal = ("FULL", "NORMAL") if durable else ("OFF", "OFF")
        self._writer = _engine(parsed, self.dialect, "BEGIN IMMEDIATE", full, read_only=False)
        self._tidier = _engine(parsed, self.dialect, "BEGIN IMMEDIATE", normal, read_only=False)
        self._reader = _engine(parsed, self.dialect, "BEGIN", full, read_only=True)
        self._lock: AbstractContextManager[Any] = Lock() if self.path else nullcontext()
        self._threads = ThreadPoolExecutor(_THREADS, "orario-database")
        self._waiting: dict[int, float] = {}  # by thread: since when it waits to be let in to write
        self._rests = local()
        event.listen(self._reader, "before_cursor_execute", self._rest)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot to read from."""
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def resting(self, rest: Callable[[], None]) -> Iterator[None]:
        """Within the block `rest` is called before each statement that this thread reads by: for what has time."""
        self._rests.call = rest
        try:
            yield
        finally:
            del self._rests.call

    def _rest(self, *_: object) -> None:
        if (call := getattr(self._rests, "call", None)) is not None:
            call()

    @contextmanager
    def writing(self, *, lazily: bool = False) -> Iterator[Connection]:
        """One transaction, committed at the end of the block, undone if the block raises.

        `lazily`, the commit does not wait for the disk: for what is simply done again if a power cut undoes it.
        """
        engine = self._tidier if lazily else self._writer
        me = get_ident()
        self._waiting[me] = time.monotonic()
        try:
            with self._lock, engine.begin() as connection:
                self._waiting.pop(me, None)
                later: list[Callable[[], None]] = []
                connection.info[_LATER] = later
                if lazily and self.dialect == "postgresql":
                    connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
                yield connection
        finally:
            self._waiting.pop(me, None)
        self.written += 1
        for call in later:
            call()

    def waiting_since(self) -> float | None:
        """Since when, by the monotonic clock, somebody waits to be let in to write; for the watchdog."""
        return min(list(self._waiting.values()), default=None)

    async def transact(
        self,
        function: Callable[Concatenate[Connection, Args], Answer],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Answer:
        """`function(connection, *args)` in a transaction of its own."""
        return await self._through(self._write, function, args, kwargs)

    async def fetch(
        self,
        function: Callable[Concatenate[Connection, Args], Answer],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Answer:
        """`function(connection, *args)` on a snapshot."""
        return await self._through(self._read, function, args, kwargs)

    def aside(self, function: Callable[..., object], *args: Any) -> None:
        """`function(connection, *args)` in a transaction, soon; nobody waits for it, and nobody misses it."""
        with suppress(RuntimeError):  # the database is being closed
            self._threads.submit(self._write_quietly, function, args)

    def _write_quietly(self, function: Callable[..., object], args: Any) -> None:
        with suppress(DBAPIError):
            self._write(function, args, {})

    async def _through(self, door: Callable[..., Answer], *args: Any) -> Answer:
        if self.path is not None:
            return door(*args)  # a local file answers before another thread is even awake
        return await self._aside(door, *args)

    async def _aside(self, door: Callable[..., Answer], *args: Any) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, door, *args)

    def _write(self, function: Callable[..., Answer], args: Any, kwargs: Any) -> Answer:
        for _ in range(_RETRIES):
            try:
                return self._write_once(function, args, kwargs)
            except OperationalError as error:
                if not postgresql.is_deadlock(error):
                    raise
        return self._write_once(function, args, kwargs)

    def _write_once(self, function: Callable[..., Answer], args: Any, kwargs: Any) -> Answer:
        with self.writing() as connection:
            return function(connection, *args, **kwargs)

    def _read(self, function: Callable[..., Answer], args: Any, kwargs: Any) -> Answer:
        with self.reading() as connection:
            return function(connection, *args, **kwargs)

    def checkpoint(self) -> None:
        """Move SQLite's write-ahead log into the file; nothing to do on PostgreSQL."""
        if self.path is None:
            return
        with self._reader.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            wal.checkpoint(raw)

    async def tidy(self, *, is_quiet: bool) -> None:
        """A checkpoint when the log is long, or when little else goes on; aside, for commits wait for the disk
        while it is made."""
        if self.path is not None and wal.backlog(self.path) > (wal.SHORT if is_quiet else wal.LONG):
            await self._aside(self.checkpoint)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self._writer.dispose()
        self._tidier.dispose()
        self._reader.dispose()


def after_commit(connection: Connection, call: Callable[[], None]) -> None:
    """Call this when what is being written is committed; not at all if it is undone."""
    connection.info.setdefault(_LATER, []).append(call)


def _engine(url: Any, dialect: str, begin: str, synchronous: str, *, read_only: bool) -> Engine:
    options: dict[str, Any] = {"json_serializer": _dump_json}
    if dialect == "postgresql":
        options |= postgresql.options(url, read_only=read_only)
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
        _tune_sqlite(engine, begin, synchronous, read_only=read_only)
    if dialect == "postgresql":
        postgresql.tune(engine, read_only=read_only)
    return engine


def _tune_sqlite(engine: Engine, begin: str, synchronous: str, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        if not read_only:  # it waits for whoever writes
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of a new file: it can shrink while jobs fire
        connection.execute("PRAGMA journal_mode = WAL")
        # An answer is given only after it is on the disk.
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA secure_delete = FAST")  # no page is written only to be emptied
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # upkeep does it, so that no commit waits for it
        connection.execute("PRAGMA cache_size = -32000")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA query_only = ON" if read_only else "PRAGMA busy_timeout = 0")  # see _is_let_in

    # SQLite has one writer: take the write lock before reading, or two claims see one row.
    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if read_only or not _is_let_in(connection):
            connection.exec_driver_sql(begin)


def _is_let_in(connection: Connection) -> bool:
    """Look, again and again, whether the file is free to write, so often that nobody else's next turn comes first."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    deadline = time.monotonic() + _BUSY_SECONDS
    while time.monotonic() < deadline:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            time.sleep(_LOOK_AGAIN)
        else:
            return True
    return False


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
