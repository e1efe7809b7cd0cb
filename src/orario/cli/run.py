"""The command `orario run`: all jobs of an app, or one, in the foreground."""

from typing import Annotated

from typer import Argument, Option
from typer import Exit as Leave

from orario.cli.options import Json


def run(
    app: Annotated[str, Argument(metavar="APP", help="The app's name, or module:app.")],
    job: Annotated[
        str | None, Argument(metavar="[JOB]", help="One job's slug, or what its app also calls it; by default all.")
    ] = None,
    quiet: Annotated[bool, Option("--quiet", help="Only the summary, no log lines.")] = False,
    json: Json = False,
) -> None:
    """Run the jobs of an app now, one after the other, and sum up how they ended; no schedule is touched.

    A server that is at work does them; without one, this process does. The exit code is that of the one job, or 1
    when any did not end well.
    """
    from orario.cli import running  # perhaps a whole Orario: no other command should wait for its import

    raise Leave(running.run(app, job, is_quiet=quiet, json=json))
