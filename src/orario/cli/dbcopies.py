"""Commands that copy the database and put a copy in its place: `orario db backup` and `restore`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from orario.cli import dbviews, show
from orario.cli.bars import Bar, bar
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import confirm
from orario.cli.opening import Opened, opened
from orario.cli.options import Json, Yes
from orario.store import copying

app = Typer()


@app.command(epilog="Example: orario db backup /backup/ --compress")
def backup(
    target: Annotated[
        Path | None, Argument(metavar="[FILE]", help="A file that is not there yet, or a directory; by default here.")
    ] = None,
    compress: Annotated[bool, Option("--compress", help="Pack it with gzip.")] = False,
    json: Json = False,
) -> None:
    """Copy the database while jobs fire; the copy is opened and looked through, and gets a checksum."""
    with opened() as one:
        file = _free_name(one, target or Path(), packed=compress and one.file is not None)
        with bar("copying") as progress:
            done = _back_up(one, file, compress, progress)
        note = copying.note_digest(done)
    if json:
        document = {"file": str(done), "bytes": done.stat().st_size, "checksum": note.read_text().split()[0]}
        show.as_json(document)
    else:
        show.line(f"{done}: {dbviews.amount(done.stat().st_size)}, checked; its checksum is in {note.name}.")
        if one.file is not None:
            show.hint("Keep the key of its secrets, too, and apart from it: the file orario.db.key, or ORARIO_KEY.")


def _free_name(one: Opened, target: Path, *, packed: bool) -> Path:
    end = ".dump" if one.file is None else ".db"
    if target.is_dir():
        target = target / f"orario-{_now(one):%Y%m%d-%H%M%S}{end}"
    if packed:
        target = target.with_name(target.name.removesuffix(".gz"))
    for taken in (target, target.with_name(target.name + ".gz")) if packed else (target,):
        if taken.exists():
            raise Failure(Exit.CONFLICT, f"{taken} is there already; a backup overwrites nothing")
    if not target.absolute().parent.is_dir():
        raise Failure(Exit.INVALID, f"{target.absolute().parent} is no directory")
    return target


def _back_up(one: Opened, file: Path, compress: bool, progress: Bar) -> Path:
    try:
        if one.file is None:
            copying.dump_postgresql(one.settings.database_url, file)
            copying.check_postgresql(file)
            return file
        copying.copy_sqlite(one.file, file, progress.tell)
        progress.title("checking")
        copying.check_sqlite(file)
        if not compress:
            return file
        progress.title("packing")
        return copying.compress(file, progress.tell)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


@app.command(epilog="Example: orario db restore /backup/orario-20300131-080000.db.gz")
def restore(
    source: Annotated[Path, Argument(metavar="FILE", help="What `orario db backup` wrote.")],
    force: Annotated[bool, Option("--force", help="Even while a server is running on the database.")] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Put a backup in the place of the database; what was there is kept aside."""
    if not source.is_file():
        raise Failure(Exit.INVALID, f"{source} is no file")
    with opened(must_exist=False) as one:
        one.require_unused("restoring", force)
        confirm(f"Put {source} in the place of {one.file or one.database.url}?", yes)
        if not copying.check_digest(source):
            show.hint(f"There is no checksum beside {source.name}; only its inside is checked.")
        with bar("restoring") as progress:
            kept = _put_back(one, source, progress)
    document = {"database": str(one.file or one.database.url), "aside": None if kept is None else str(kept)}
    if json:
        show.as_json(document)
    else:
        show.line(
            f"{document['database']} is what {source.name} holds.", f"What was there is in {kept}." if kept else ""
        )


def _put_back(one: Opened, source: Path, progress: Bar) -> Path | None:
    aside = f"before-{_now(one):%Y%m%d-%H%M%S}"
    if one.file is None:
        copying.check_postgresql(source)
        kept = Path(f"orario-{aside}.dump").absolute()
        copying.dump_postgresql(one.settings.database_url, kept)
        copying.load_postgresql(one.settings.database_url, source)
        return kept
    with copying.plain(source, one.file, progress.tell) as copy:
        progress.title("checking")
        copying.require_known(copying.check_sqlite(copy))
        one.database.close()
        return copying.put_in_place(copy, one.file, aside)


def _now(one: Opened) -> datetime:
    return one.now
