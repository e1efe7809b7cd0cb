"""The command line: `orario serve` runs Orario, every other command asks its API."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from typer import Abort, Option, Typer

from orario.cli import show
from orario.cli.exits import Exit, Failure, by_error
from orario.cli.late import LateGroup, Maker, command, group
from orario.cli.version import print_version
from orario.core.errors import OrarioError


class Commands(LateGroup):
    """All of them."""

    makers: ClassVar[Mapping[str, Maker]] = {
        "serve": command("orario serve shop:app --port 3001"),
        "worker": command("orario worker --queue ad_queue"),
        "run": command("orario run agent cleanup-old-logs"),
        "ping": command("orario ping 0197c3d2-8f6e-7a31-9f6b-0e2d4c1b5a90 -- pg_dump shop"),
        "status": command("orario status"),
        "why": command("orario why close_the_day yesterday 02:00"),
        "doctor": command("orario doctor"),
        "init": command("orario init lokario --base-url https://lokario.example.com"),
        "version": command("orario version"),
        "jobs": group("What is to be done, and when.", "jobs", "jobforms", "jobstates", "runs", "manifests"),
        "executions": group("What was done, what is being done.", "executions"),
        "schedules": group("When things happen, said in words.", "schedules"),
        "tasks": group("The functions that jobs may run.", "tasks"),
        "queues": group("The lines in which executions wait.", "queues"),
        "secrets": group("Values that jobs refer to by name.", "secrets"),
        "notify": group("Who is told what, when something fails or does not happen.", "notify", "notifysets"),
        "tokens": group("Who may do what.", "tokens"),
        "users": group("The people who sign in to the dashboard.", "users"),
        "db": group("The database itself.", "db"),
        "demo": group("Data and servers to try apps with.", "demo"),
    }


app = Typer(
    name="orario",
    cls=Commands,
    help="A job scheduler with a memory. Commands ask the server at ORARIO_URL with ORARIO_TOKEN, or without either "
    "the database at ORARIO_DATABASE_URL itself.",
    epilog="Exit codes: 0 done, 1 failed, 2 invalid, 3 not found, 4 denied, 5 conflict, 6 unreachable, "
    "124 time-out, 130 cancelled.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def orario(
    version: Annotated[
        bool, Option("--version", help="Print Orario's version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """What may be said before any command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run a command; what stops it is said on stderr, one sentence per line."""
    try:
        app(list(arguments), prog_name="orario")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.OK
    except Failure as failure:
        return _complain(failure.code, *failure.lines)
    except OrarioError as error:
        return _complain(by_error(error), error.message)
    except Abort:
        return _complain(Exit.CANCELLED, "Nothing was done.")
    except KeyboardInterrupt:
        return Exit.CANCELLED
    return Exit.OK


def _complain(code: Exit, *lines: str) -> int:
    for line in lines:
        show.complain(line)
    return code
