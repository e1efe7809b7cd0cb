"""The command `orario db migrate-to`: moves a living Orario from its SQLite file to PostgreSQL."""

from typing import Annotated

from typer import Argument, Option, Typer

from orario.cli.options import Json

app = Typer()


@app.command(name="migrate-to", epilog="Example: orario db migrate-to postgresql://orario@db.example/orario")
def migrate_to(
    url: Annotated[
        str | None,
        Argument(metavar="[URL]", help="An empty PostgreSQL database; - reads the address from standard input."),
    ] = None,
    apps: Annotated[
        str | None, Option("--apps", help="The apps of its servers, separated by commas (ORARIO_APPS).")
    ] = None,
    wait: Annotated[
        float | None,
        Option("--wait", min=0, help="Seconds for what runs to end (as long as its servers take to stop)."),
    ] = None,
    take_back: Annotated[
        bool, Option("--take-back", help="Give up a move that is not finished; the file is its servers' again.")
    ] = False,
    json: Json = False,
) -> None:
    """Move all of a SQLite file to PostgreSQL while its jobs fire; its servers stop by themselves for the last step.

    Stopped anywhere, also by kill -9, the same command goes on from there.
    """
    from orario.cli import moving  # a whole Orario: no other command should wait for its import

    if take_back:
        moving.take_back()
    else:
        moving.move(url, apps, wait, json)
