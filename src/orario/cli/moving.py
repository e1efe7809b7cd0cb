"""Carries out `orario db migrate-to`: the file, the server, the key of its secrets, and what is told of it."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from orario.cli import show
from orario.cli.bars import bar
from orario.cli.exits import Exit, Failure
from orario.cli.loading import load_settings
from orario.cli.opening import Opened, opened
from orario.core.clock import SystemClock
from orario.runtime import Runtime, load_apps
from orario.service.moves.moving import Moving
from orario.service.moves.steps import Moved
from orario.settings import Settings
from orario.store.database import Database
from orario.store.migrating import migrate

_KEY = Path("orario.key")  # where a server on PostgreSQL looks for it, see store/vault.py
_PATIENT_BEATS, _PATIENCE = 2, 3.0  # heartbeats and seconds at least, after which a server is dead
_A_LITTLE = 5.0  # seconds more than servers take to stop


def move(url: str | None, apps: str | None, wait: float | None, json: bool) -> None:
    """Take every step of a move, and tell what came of it."""
    with opened() as one, _alone(one) as file:
        settings = _settings(_address(url), apps)
        key = _key_to_take(file)
        with closing(Database(settings.database_url)) as server:
            moving = _moving(one, server, Runtime(settings, load_apps(settings.apps), database=server), wait)
            with bar("looking") as progress:
                for step in moving.run():
                    progress.title(step.title, step.done, step.total)
        if key is not None:
            _take_key(key)
        _report(moving, file, key, json)


def take_back() -> None:
    """Give the file back to its servers."""
    with opened() as one, _alone(one) as file:
        _moving(one, one.database, None, None).take_back()
    show.line(f"{file} is its servers' again: start them.")


def _moving(one: Opened, server: Database, runtime: Runtime | None, wait: float | None) -> Moving:
    settings = one.settings
    stopping = settings.drain_seconds + settings.kill_grace_seconds + _A_LITTLE

    def prepare() -> None:
        migrate(server, is_moving=True)
        if runtime is not None:
            runtime.make_tables()

    return Moving(
        one.database,
        server,
        SystemClock(),
        prepare,
        stopping if wait is None else wait,
        max(_PATIENT_BEATS * settings.heartbeat_seconds, _PATIENCE),
    )


@contextmanager
def _alone(one: Opened) -> Iterator[Path]:
    """The file, which nobody else moves meanwhile."""
    if one.file is None:
        raise Failure(Exit.INVALID, "ORARIO_DATABASE_URL is not a SQLite file; for PostgreSQL there is pg_dump")
    lock = one.file.with_name(one.file.name + ".move")  # a lock on the file itself would be SQLite's
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failure(Exit.CONFLICT, f"{one.file} is being moved by another process") from None
        try:
            yield one.file
        finally:
            lock.unlink()


def _address(url: str | None) -> str:
    if url == "-":
        return sys.stdin.readline().strip()
    if url is None:
        raise Failure(Exit.INVALID, "Where to? Give the address of an empty PostgreSQL database")
    return url


def _settings(url: str, apps: str | None) -> Settings:
    """Those of a server that is to run there."""
    if not url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        raise Failure(Exit.INVALID, "The address must start with postgresql://")
    return load_settings(database_url=url, apps=apps)


def _key_to_take(file: Path) -> Path | None:
    """The key that Orario made beside the file; None: there is none, or it lies there already."""
    key = file.with_name(file.name + ".key")
    if not key.exists():
        return None
    if not _KEY.exists():
        return key
    if _KEY.read_bytes().strip() != key.read_bytes().strip():
        raise Failure(
            Exit.CONFLICT,
            f"{_KEY.absolute()} is another key than {key}: do this in the directory in which the server on "
            "PostgreSQL is to run, without a key in it",
        )
    return None


def _take_key(key: Path) -> None:
    """Put it where a server on PostgreSQL looks for it, readable for its owner only."""
    with os.fdopen(os.open(_KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(key.read_bytes())


def _report(moving: Moving, file: Path, key: Path | None, json: bool) -> None:
    moved = moving.moved
    document = {
        "from": str(file),
        "to": moving.address,
        "rows": moved.rows,
        "rowsPerSecond": round(moved.rate),
        "secondsStill": round(moved.still_seconds, 2),
        "attemptsCutOff": moved.cut_off,
        "faults": moved.faults,
        "key": None if key is None else str(_KEY.absolute()),
    }
    if json:
        show.as_json(document)
        return
    for sentence in _told(document, moved):
        show.line(sentence)


def _told(document: dict[str, object], moved: Moved) -> Iterator[str]:
    yield f"{sum(moved.rows.values()):,} rows are in {document['to']}, counted and checked."
    yield f"{moved.rate:,.0f} were copied a second; nothing could start for {moved.still_seconds:.1f} s."
    if moved.cut_off:
        yield f"{moved.cut_off} attempts did not end in time: they count as lost, and are retried as their jobs say."
    if moved.faults:
        yield f"{len(moved.faults)} faults came along that the file has, too: see `orario db verify` there."
    if document["key"]:
        yield f"The key of its secrets is in {document['key']}: every server runs in a directory with it."
    yield f"Now start Orario with ORARIO_DATABASE_URL={document['to']}"
    yield f"{document['from']} refuses every change from now on. Keep it for a while, as a backup."
