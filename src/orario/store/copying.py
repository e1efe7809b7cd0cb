"""Copies a database while jobs fire, and puts a copy in its place."""

import gzip
import hashlib
import os
import shutil
import sqlite3
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from orario.core.errors import Conflict, Misconfigured
from orario.store.migrating import VERSION_TABLE

Tell = Callable[[int, int], None]  # how much is done, of how much

_PAGES = 512  # at once: two megabytes
_CHUNK = 1 << 20
_ENDS = ("", "-wal", "-shm")
_OF_DUMP, _OF_FILE = b"PGDMP", (b"SQLite format 3\0", b"\x1f\x8b")
_LOOK_EVERY = 0.25  # seconds


def copy_sqlite(source: Path, target: Path, tell: Tell) -> None:
    """A copy of one moment, which nobody waits for: the log of what is written meanwhile grows until it is done."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as to,
    ):
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # from here on it sees no change
        reading.backup(to, pages=_PAGES, progress=lambda _, left, total: tell(total - left, total))
        to.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself


def file_of(url: str) -> Path | None:
    """The file that a database's URL names; None: a server keeps it."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    return Path(parsed.database or "").absolute() if parsed.get_backend_name() == "sqlite" else None


def is_dump(path: Path) -> bool:
    """Whether a file is what pg_dump writes."""
    return _starts_with(path, _OF_DUMP)


def is_file_copy(path: Path) -> bool:
    """Whether a file is a database of SQLite, packed or not."""
    return _starts_with(path, *_OF_FILE)


def _starts_with(path: Path, *marks: bytes) -> bool:
    with path.open("rb") as source:
        return source.read(16).startswith(marks)


def dump_postgresql(url: str, target: Path, tell: Tell = lambda done, total: None) -> None:
    """The same by pg_dump, in its own compressed format."""
    _run(["pg_dump", "--format=custom", "--no-owner", f"--file={target}"], url, lambda: tell(_bytes(target), 0))


def load_postgresql(url: str, source: Path) -> None:
    """Put a dump in place of what is there, all or nothing."""
    options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
    _run(["pg_restore", *options, f"--dbname={_without_password(url)}", str(source)], url)


def check_sqlite(copy: Path) -> str | None:
    """The schema of a copy that is whole; raises Conflict for any other."""
    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as connection:
            [said] = connection.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise Conflict(f"{copy.name} is damaged: {said}")
            found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
    except sqlite3.DatabaseError as error:
        raise Conflict(f"{copy.name} is no database of Orario: {error}") from None
    return None if found is None else str(found[0])


def check_postgresql(copy: Path) -> None:
    """Raise Conflict unless pg_restore can read the dump."""
    _run(["pg_restore", "--list", str(copy)], "")


def require_known(schema: str | None) -> None:
    """Raise Conflict for the schema of a newer Orario; an older one is brought up to date by the next start."""
    known = {step.revision for step in ScriptDirectory(str(Path(__file__).parent / "migrations")).walk_revisions()}
    if schema not in known:
        raise Conflict(
            f"the copy has schema {schema}, which this Orario does not know; it was written by a newer one"
        )


def compress(path: Path, tell: Tell) -> Path:
    """The file as `<name>.gz`, in its place."""
    target = path.with_name(path.name + ".gz")
    with path.open("rb") as source, gzip.open(target, "wb", compresslevel=6) as to:
        _copy(source, to, path.stat().st_size, tell)
    path.unlink()
    return target


@contextmanager
def plain(path: Path, beside: Path, tell: Tell) -> Iterator[Path]:
    """The file, unpacked if it is packed, in the directory of `beside`; gone at the end unless somebody moved it."""
    with NamedTemporaryFile(dir=beside.parent, prefix=".orario-restore-", delete=False) as to:
        copy = Path(to.name)
        try:
            _unpack(path, to, tell)
            yield copy
        finally:
            copy.unlink(missing_ok=True)


def _unpack(path: Path, to: IO[bytes], tell: Tell) -> None:
    open_it = partial(gzip.open, path, "rb") if path.suffix == ".gz" else partial(path.open, "rb")
    try:
        with open_it() as source:
            _copy(source, to, 0, tell)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Conflict(f"{path.name} cannot be unpacked: {error}") from None
    to.flush()
    os.fsync(to.fileno())


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def note_digest(path: Path, name: Path) -> Path:
    """Write the checksum beside what the file is going to be called, as `sha256sum --check` reads it."""
    note = name.with_name(name.name + ".sha256")
    note.write_text(f"{digest(path)}  {name.name}\n")
    return note


def check_digest(path: Path) -> bool:
    """Whether there is a checksum beside the file; raises Conflict when it is that of another file."""
    note = path.with_name(path.name + ".sha256")
    if not note.exists():
        return False
    if note.read_text().split(maxsplit=1)[:1] != [digest(path)]:
        raise Conflict(f"{path.name} is not what was written: its checksum differs from {note.name}")
    return True


def put_in_place(copy: Path, database: Path, aside: str) -> Path | None:
    """Move a copy to where the database is, and what was there aside; where that is now."""
    kept = database.with_name(f"{database.name}.{aside}")
    had_one = database.exists()
    for end in _ENDS:
        if Path(f"{database}{end}").exists():
            shutil.move(f"{database}{end}", f"{kept}{end}")
    os.replace(copy, database)
    if had_one:
        shutil.copymode(kept, database)
    return kept if had_one else None


def _copy(source: Any, to: Any, total: int, tell: Tell) -> None:
    done = 0
    while chunk := source.read(_CHUNK):
        to.write(chunk)
        done += len(chunk)
        tell(done, total)


def _without_password(url: str) -> str:
    parsed = make_url(url).set(drivername="postgresql", password=None)
    return parsed.render_as_string(hide_password=False)


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _run(command: list[str], url: str, look: Callable[[], None] = lambda: None) -> None:
    """One of PostgreSQL's programs; the password goes by the environment, where no other user sees it."""
    environment = dict(os.environ)
    if url:
        environment["PGPASSWORD"] = make_url(url).password or environment.get("PGPASSWORD", "")
        if command[0] == "pg_dump":
            command = [*command, f"--dbname={_without_password(url)}"]
    try:
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
    except FileNotFoundError:
        raise Misconfigured(
            f"{command[0]} is not installed; Debian has it in the package postgresql-client"
        ) from None
    with process:
        said = _watched(process, look)
    if process.returncode:
        reason = (said.strip().splitlines() or ["it gave no reason"])[-1]
        raise Conflict(f"{command[0]} failed: {reason}")


def _watched(process: "subprocess.Popen[str]", look: Callable[[], None]) -> str:
    """What the program complained of at its end; if `look` raises, it ends at once."""
    while True:
        try:
            return process.communicate(timeout=_LOOK_EVERY)[1]
        except subprocess.TimeoutExpired:
            try:
                look()
            except BaseException:
                process.kill()
                raise
