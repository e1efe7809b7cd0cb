"""The command line: `orario serve` runs Orario, every other command asks its API."""

import sys
from collections.abc import Sequence
from importlib.metadata import version as installed

from typer import Abort, Typer

from orario.cli import (
    db,
    demo,
    executions,
    jobforms,
    jobs,
    jobstates,
    manifests,
    notify,
    notifysets,
    queues,
    runs,
    schedules,
    secrets,
    show,
    tasks,
    tokens,
    users,
)
from orario.cli.doctor import doctor
from orario.cli.exits import Exit, Failure, by_error
from orario.cli.init import init
from orario.cli.options import Json
from orario.cli.ping import ping
from orario.cli.run import run as run_app
from orario.cli.serve import serve
from orario.cli.status import status
from orario.cli.why import why
from orario.cli.worker import worker
from orario.core.errors import OrarioError

app = Typer(
    name="orario",
    help="A job scheduler with a memory. Commands ask the server at ORARIO_URL with ORARIO_TOKEN, or without either "
    "the database at ORARIO_DATABASE_URL itself.",
    epilog="Exit codes: 0 done, 1 failed, 2 invalid, 3 not found, 4 denied, 5 conflict, 6 unreachable, "
    "124 time-out, 130 cancelled.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

# A group without a name adds its commands to the group it is put in.
jobs_group = Typer(no_args_is_help=True)
for commands in (jobs, jobforms, jobstates, runs, manifests):
    jobs_group.add_typer(commands.app)

app.command(epilog="Example: orario serve shop:app --port 3001")(serve)
app.command(epilog="Example: orario worker --queue ad_queue")(worker)
app.command("run", epilog="Example: orario run agent cleanup-old-logs")(run_app)
app.add_typer(jobs_group, name="jobs", help="What is to be done, and when.")
app.add_typer(executions.app, name="executions", help="What was done, what is being done.")
app.add_typer(schedules.app, name="schedules", help="When things happen, said in words.")
app.add_typer(tasks.app, name="tasks", help="The functions that jobs may run.")
app.add_typer(queues.app, name="queues", help="The lines in which executions wait.")
app.add_typer(secrets.app, name="secrets", help="Values that jobs refer to by name.")
app.add_typer(notify.app, name="notify", help="Who is told what, when something fails or does not happen.")
app.add_typer(tokens.app, name="tokens", help="Who may do what.")
app.add_typer(users.app, name="users", help="The people who sign in to the dashboard.")
app.add_typer(db.app, name="db", help="The database itself.")
app.add_typer(demo.app, name="demo", help="Data and servers to try apps with.")
app.command(epilog="Example: orario ping 0197c3d2-8f6e-7a31-9f6b-0e2d4c1b5a90 -- pg_dump shop")(ping)
app.command(epilog="Example: orario status")(status)
app.command(epilog="Example: orario why close_the_day yesterday 02:00")(why)
app.command(epilog="Example: orario doctor")(doctor)
app.command(epilog="Example: orario init lokario --base-url https://lokario.example.com")(init)


notify.app.add_typer(notifysets.channels, name="channels", help="Whom notices reach.")
notify.app.add_typer(notifysets.rules, name="rules", help="What is told of, and to whom.")


@app.command(epilog="Example: orario version")
def version(json: Json = False) -> None:
    """Print Orario's version."""
    here = installed("orario")
    show.as_json({"version": here}) if json else print(here)


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
