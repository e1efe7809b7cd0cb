"""Commands on the database itself: `orario db path`, `migrate` and `check`."""

from typer import Typer

from orario.cli import checks, show
from orario.cli.findings import report
from orario.cli.loading import database_file, load_settings, require_database
from orario.cli.options import Json
from orario.store.database import Database
from orario.store.migrating import migrate as migrate_database

app = Typer(no_args_is_help=True)


@app.command(epilog="Example: cp $(orario db path) /backup/")
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
    """Bring the database to the tables of this Orario; `orario serve` does so by itself."""
    database = Database(load_settings().database_url)
    try:
        migrate_database(database)
        with database.reading() as connection:
            finding = checks.check_schema(connection)
        show.line(f"{database.url}: {finding.sentence}.")
    finally:
        database.close()


@app.command(epilog="Example: orario db check")
def check(json: Json = False) -> None:
    """Check that the database is whole, writable and of this Orario's schema."""
    settings = load_settings()
    require_database(settings)
    database = Database(settings.database_url)
    try:
        report([*checks.check_database(database, settings.heartbeat_seconds), checks.check_whole(database)], json)
    finally:
        database.close()
