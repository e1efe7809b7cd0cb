"""Commands that show what apps do: `orario demo load`, `remove` and `servers`."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from orario.cli import show
from orario.cli.options import Json

app = Typer()

App = Annotated[str, Argument(metavar="APP", help="The app's name, or module:app.")]


@app.command(epilog="Example: orario demo load agent")
def load(app: App, json: Json = False) -> None:
    """Fill an app's tables with believable data; a second time adds nothing."""
    from orario.cli import demos  # a whole Orario: no other command should wait for its import

    _tell(demos.load(app), json, "added", "It is all there already.")


@app.command(epilog="Example: orario demo remove agent")
def remove(app: App, json: Json = False) -> None:
    """Take out what `orario demo load` put in, and nothing else."""
    from orario.cli import demos

    _tell(demos.remove(app), json, "removed", "Nothing of it was there.")


@app.command(epilog='Example: orario demo servers --run "orario serve"')
def servers(
    apps: Annotated[
        list[str] | None, Argument(metavar="[APP]...", help="For these apps; by default all that are loaded.")
    ] = None,
    run: Annotated[
        str | None, Option("--run", metavar="COMMAND", help="Run this with their addresses set, and end with it.")
    ] = None,
    file: Annotated[Path | None, Option("--env-file", help="Write the variables there, too, for `source`.")] = None,
) -> None:
    """Start servers that stand in for those which apps talk to, and print where they are, until Ctrl-C."""
    from orario.cli import demos

    demos.servers(apps or [], run, file)


def _tell(counts: dict[str, int], json: bool, verb: str, nothing: str) -> None:
    if json:
        show.as_json(counts)
    elif any(counts.values()):
        show.details([(f"{what} {verb}", f"{count:,}") for what, count in counts.items()])
    else:
        show.line(nothing)
