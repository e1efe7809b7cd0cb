"""Copies of the whole database, made while jobs fire: checked, listed, verified, put back."""

import builtins
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orario.core.clock import Clock
from orario.core.errors import Conflict, NotFound, invalid
from orario.store import copying

Tell = Callable[[int, int], None]  # how much is done, of how much; 0: nobody knows. What it raises ends the copying

_ENDS = (".db", ".db.gz", ".dump")
_NOTE = ".sha256"
_UNFINISHED = ".part"
_ABANDONED = timedelta(hours=12)


def _silent(done: int, total: int) -> None: ...


@dataclass(frozen=True)
class Copy:
    """A copy. `is_verified`: it was opened, looked through, and has its checksum beside it."""

    path: Path
    size_bytes: int
    sha256: str | None
    made_at: datetime
    is_verified: bool


@dataclass(frozen=True)
class Copies:
    """SQLite's own online copy, or PostgreSQL's pg_dump; nobody waits for either."""

    url: str  # of the database
    clock: Clock

    def make(
        self, folder: Path | str, *, name: str | None = None, compress: bool = True, on_progress: Tell | None = None
    ) -> Copy:
        """A new copy in a folder, named `<name>.db.gz`, `.db` or `.dump`; by default after this moment.

        Raises Conflict when there is one of that name, or when the copy turns out damaged; Misconfigured where
        pg_dump is missing.
        """
        Path(folder).mkdir(parents=True, exist_ok=True)
        self._sweep(Path(folder))
        return self.write(Path(folder) / self.file_name(name, compress), compress=compress, on_progress=on_progress)

    def write(self, path: Path, *, compress: bool, on_progress: Tell | None = None) -> Copy:
        """The same under exactly this name. Until it is whole and checked it has another one."""
        if path.exists():
            raise Conflict(f"{path} is there already; a backup overwrites nothing")
        draft = path.with_name(f".{path.name}.{os.getpid()}{_UNFINISHED}")
        try:
            made = self._made(draft, compress, on_progress or _silent)
            copying.note_digest(made, path)
            os.rename(made, path)
        finally:
            for left in (draft, draft.with_name(f"{draft.name}.gz")):
                left.unlink(missing_ok=True)
        return self._seen(path)

    def _sweep(self, folder: Path) -> None:
        """Away with what killed processes left unfinished."""
        before = (self.clock.now() - _ABANDONED).timestamp()
        for left in folder.glob(f".*{_UNFINISHED}*"):
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < before:
                    left.unlink()

    def file_name(self, name: str | None = None, compress: bool = True) -> str:
        """What a copy of this database is called."""
        stem = name or f"orario-{self.clock.now():%Y%m%d-%H%M%S}"
        if "/" in stem or "\0" in stem or stem.startswith("."):
            raise invalid("name", message="is no name of a file")
        if self._file is None:
            return f"{stem}.dump"
        return f"{stem}.db.gz" if compress else f"{stem}.db"

    def _made(self, draft: Path, compress: bool, tell: Tell) -> Path:
        if self._file is None:
            copying.dump_postgresql(self.url, draft, tell)
            copying.check_postgresql(draft)
            return draft
        copying.copy_sqlite(self._file, draft, tell)
        copying.check_sqlite(draft)
        return copying.compress(draft, tell) if compress else draft

    def list(self, folder: Path | str) -> "builtins.list[Copy]":
        """The copies in a folder, the newest first."""
        found = [path for path in Path(folder).glob("*") if path.name.endswith(_ENDS) and path.is_file()]
        copies = [self._seen(path) for path in found if not path.name.startswith(".")]
        return sorted(copies, key=lambda one: (one.made_at, one.path.name), reverse=True)

    def prune(self, folder: Path | str, before: datetime) -> "builtins.list[Copy]":
        """Delete the copies that were made before a moment; which those were."""
        old = [one for one in self.list(folder) if one.made_at < before]
        for one in old:
            one.path.unlink(missing_ok=True)
            _note(one.path).unlink(missing_ok=True)
        return old

    def verify(self, path: Path | str, on_progress: Tell | None = None) -> Copy:
        """Open a copy and look through it. Raises Conflict, saying what is wrong with it."""
        path = _there(path)
        copying.check_digest(path)
        if copying.is_dump(path):
            copying.check_postgresql(path)
        else:
            with copying.plain(path, path, on_progress or _silent) as plain:
                copying.require_known(copying.check_sqlite(plain))
        return self._seen(path)

    def restore(self, path: Path | str, target: Path | str, on_progress: Tell | None = None) -> Path | None:
        """Put a copy in the place of a database that nobody uses now: a file, or the URL of either kind.

        Answers where what was there is kept (of a server: beside the copy). Raises Conflict for a damaged
        copy, for that of a newer Orario, and for a copy of the other kind of database; nothing has happened then.
        """
        path, aside = _there(path), f"before-{self.clock.now():%Y%m%d-%H%M%S}"
        copying.check_digest(path)
        file = target if isinstance(target, Path) else copying.file_of(target)
        if copying.is_dump(path) if file is not None else copying.is_file_copy(path):
            raise Conflict(f"{path.name} is a copy of the other kind of database")
        if file is None:
            return _restored_server(path, str(target), path.absolute().with_name(f"orario-{aside}.dump.aside"))
        with copying.plain(path, file, on_progress or _silent) as plain:
            copying.require_known(copying.check_sqlite(plain))
            return copying.put_in_place(plain, file, aside)

    @property
    def _file(self) -> Path | None:
        return copying.file_of(self.url)

    def _seen(self, path: Path) -> Copy:
        facts, note = path.stat(), _note(path)
        words = note.read_text().split(maxsplit=1) if note.exists() else []
        made_at = datetime.fromtimestamp(facts.st_mtime, UTC)
        return Copy(path, facts.st_size, words[0] if words else None, made_at, bool(words))


def _restored_server(path: Path, url: str, kept: Path) -> Path:
    copying.check_postgresql(path)
    copying.dump_postgresql(url, kept)
    copying.load_postgresql(url, path)
    return kept


def _there(path: Path | str) -> Path:
    if not Path(path).is_file():
        raise NotFound(f"There is no copy at {path}")
    return Path(path)


def _note(path: Path) -> Path:
    return path.with_name(path.name + _NOTE)
