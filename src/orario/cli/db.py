"""Commands on the database itself: `orario db path`, `migrate`, `size`, `prune` and `vacuum`."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from typer import Option, Typer

from orario.apps.retention.settings import RetentionSettings
from orario.cli import checks, dbcopies, dbmove, dbverify, dbviews, show
from orario.cli.bars import bar
from orario.cli.exits import Exit, Failure
from orario.cli.loading import database_file, load_settings
from orario.cli.opening import Opened, opened
from orario.cli.options import Json
from orario.core.clock import SystemClock
from orario.service.retention import Removed, Retention
from orario.store import shrinking, sizes
from orario.store.database import Database
from orario.store.migrating import migrate as migrate_database

app = Typer()
for commands in (dbcopies, dbmove, dbverify):
    app.add_typer(commands.app)

_REST = 0.01  # seconds, so that others come in between
Force = Annotated[bool, Option("--force", help="Even while a server is running on it.")]


@app.command(epilog="Example: ls -l $(orario db path)")
def path() -> None:
    """Print where everything is kept: a file, or a server's address without its password."""
    settings = load_settings()
    file = database_file(settings)
    if file is not None:
        print(file)
        return
    database = Database(settings.database_url)
    print(database.url)
    database.close()


@app.command(epilog="Example: orario db migrate")
def migrate() -> None:
    """Bring the database to the tables of this Orario and its apps; `orario serve` does so by itself."""
    from orario.cli import apptables  # all apps: no other command here should wait for their import

    with opened(must_exist=False) as one:
        migrate_database(one.database)
        with one.database.reading() as connection:
            finding = checks.check_schema(connection)
        apps = sorted(schema.app for schema in apptables.migrate(one.database, one.settings))
        show.line(f"{one.database.url}: {finding.sentence}{'; apps: ' * bool(apps)}{', '.join(apps)}.")


@app.command(epilog="Example: orario db size")
def size(json: Json = False) -> None:
    """Show how much room the database takes, table by table, and how fast it grows."""
    with opened() as one, bar("counting") as progress, one.database.reading() as connection:
        names = sizes.names(connection)
        tables = []
        for at, name in enumerate(names):
            progress.tell(at, len(names))
            tables.append(sizes.table(connection, name))
        growth = sizes.growth(connection, tables, one.now)
        room = sizes.room(one.database)
    document = dbviews.size_document(room, tables, growth)
    show.as_json(document) if json else dbviews.show_size(document)


@app.command(epilog="Example: orario db prune --days 30")
def prune(
    days: Annotated[
        float | None, Option("--days", min=0, help="Keep so many days (ORARIO_RETENTION_DAYS, 90); 0: all.")
    ] = None,
    count: Annotated[
        int | None,
        Option("--count", min=0, help="Keep so many of each job (ORARIO_RETENTION_COUNT, 100000); 0: all."),
    ] = None,
    audit_days: Annotated[
        float | None, Option("--audit-days", min=0, help="Keep changes so long (ORARIO_RETENTION_AUDIT_DAYS, 365).")
    ] = None,
    json: Json = False,
) -> None:
    """Forget old history now, as the app `retention` does by itself; what jobs say of themselves holds here too."""
    usual = RetentionSettings()
    with opened() as one:
        migrate_database(one.database)
        wanted = (
            usual.days if days is None else days,
            usual.count if count is None else count,
            usual.audit_days if audit_days is None else audit_days,
        )
        removed = _prune(one, *wanted)
    show.as_json(asdict(removed)) if json else dbviews.show_removed(removed)


def _prune(one: Opened, days: float, count: int, audit_days: float) -> Removed:
    retention, removed = Retention(one.database, SystemClock()), Removed()
    with bar("forgetting") as progress:
        expected = retention.outdated(days)
        for step in retention.prune(days, count, audit_days):
            removed += step.removed
            progress.tell(removed.executions, max(expected, removed.executions))
            time.sleep(step.rest)
        one.database.checkpoint()
    return removed


@app.command(epilog="Example: orario db vacuum")
def vacuum(
    full: Annotated[
        bool, Option("--full", help="Write everything anew: the smallest result, and nobody can write meanwhile.")
    ] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Give free room back to the disk, while jobs fire; --full locks the database until it is done."""
    with opened() as one:
        before = sizes.size(one.database)
        if full:
            one.require_unused("a full vacuum", force)
        if one.file is None:
            shrinking.vacuum_server(one.settings.database_url, full=full)
        elif full:
            show.hint("Nobody can write until this is done.")
            with bar("writing the file anew"):
                shrinking.vacuum_file(one.file)
        else:
            _shrink(one.file)
        one.database.checkpoint()
        after = sizes.size(one.database)
    if json:
        show.as_json({"before": before, "after": after})
    else:
        show.line(f"{dbviews.amount(before)} before, {dbviews.amount(after)} now.")


def _shrink(file: Path) -> None:
    if not shrinking.can_shrink_online(file):
        raise Failure(
            Exit.CONFLICT,
            "This file cannot shrink while it is used: stop the server and do `orario db vacuum --full` once",
        )
    with bar("giving pages back") as progress:
        for done, total in shrinking.shrink(file):
            progress.tell(done, total)
            time.sleep(_REST)
