"""Commands that copy the database and put a copy in its place: `orario db backup` and `restore`."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from orario.cli import dbviews, show
from orario.cli.bars import bar
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import confirm
from orario.cli.opening import Opened, opened
from orario.cli.options import Json, Yes
from orario.core.clock import SystemClock
from orario.service.copies import Copies

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
            made = _copies(one).write(file, compress=compress and one.file is not None, on_progress=progress.tell)
    if json:
        show.as_json({"file": str(made.path), "bytes": made.size_bytes, "checksum": made.sha256})
    else:
        note = f"{made.path.name}.sha256"
        show.line(f"{made.path}: {dbviews.amount(made.size_bytes)}, checked; its checksum is in {note}.")
        if one.file is not None:
            show.hint("Keep the key of its secrets, too, and apart from it: the file orario.db.key, or ORARIO_KEY.")


def _free_name(one: Opened, target: Path, *, packed: bool) -> Path:
    end = ".dump" if one.file is None else ".db"
    if target.is_dir():
        target = target / f"orario-{one.now:%Y%m%d-%H%M%S}{end}"
    if packed:
        target = target.with_name(target.name.removesuffix(".gz") + ".gz")
    if target.exists():
        raise Failure(Exit.CONFLICT, f"{target} is there already; a backup overwrites nothing")
    if not target.absolute().parent.is_dir():
        raise Failure(Exit.INVALID, f"{target.absolute().parent} is no directory")
    return target


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
        if not source.with_name(source.name + ".sha256").exists():
            show.hint(f"There is no checksum beside {source.name}; only its inside is checked.")
        target = one.file or one.settings.database_url
        one.database.close()
        with bar("restoring") as progress:
            kept = _copies(one).restore(source, target, progress.tell)
    document = {"database": str(one.file or one.database.url), "aside": None if kept is None else str(kept)}
    if json:
        show.as_json(document)
    else:
        show.line(
            f"{document['database']} is what {source.name} holds.", f"What was there is in {kept}." if kept else ""
        )


def _copies(one: Opened) -> Copies:
    return Copies(one.settings.database_url, SystemClock())
