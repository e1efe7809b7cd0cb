"""Commands on executions: `orario executions list`, `show`, `attempts`, `logs`, `cancel` and `retry`."""

from typing import Annotated, Any

from typer import Option, Typer

from orario.cli import cells, executionviews, logviews, show
from orario.cli.arguments import Arguments, read_arguments
from orario.cli.client import Client, connect, part
from orario.cli.inputs import moment
from orario.cli.options import Args, ArgsFile, ExecutionId, Json, Page, PerPage
from orario.cli.show import Row
from orario.cli.watch import follow, print_lines
from orario.core.execution import Level, State

app = Typer()


@app.command("list", epilog="Example: orario executions list --job close_the_day --status failed")
def listing(
    job: Annotated[str | None, Option("--job", help="Only those of this job, by slug or id.")] = None,
    status: Annotated[State | None, Option("--status", help="Only those in this state.")] = None,
    since: Annotated[str | None, Option("--since", metavar="MOMENT", help="Only those opened since then.")] = None,
    until: Annotated[str | None, Option("--until", metavar="MOMENT", help="Only those opened before then.")] = None,
    search: Annotated[
        str | None, Option("--search", help="Only those with this in job name, error or reason.")
    ] = None,
    page: Page = 1,
    per_page: PerPage = 50,
    json: Json = False,
) -> None:
    """List executions, the newest first."""
    with connect() as api:
        answer = api.get(
            f"/jobs/{part(job)}/executions" if job else "/executions",
            status=status,
            since=moment("--since", since),
            until=moment("--until", until),
            search=search,
            page=page,
            per_page=per_page,
        )
    if json:
        show.as_json(answer)
        return
    executionviews.listing(answer["executions"])
    show.more(answer["total"], page, per_page)


@app.command("show", epilog="Example: orario executions show 0190a6f2-8c1e-7d3a-9f00-3c5b1e2d4a6f")
def details(execution: ExecutionId, json: Json = False) -> None:
    """Show one execution whole: its times, its result, its error."""
    with connect() as api:
        answer = api.get(f"/executions/{part(execution)}")
    if json:
        show.as_json(answer)
    else:
        executionviews.details(answer)


@app.command(epilog="Example: orario executions attempts 0190a6f2-8c1e-7d3a-9f00-3c5b1e2d4a6f")
def attempts(execution: ExecutionId, json: Json = False) -> None:
    """List the attempts of an execution and how each ended."""
    with connect() as api:
        answer = api.get(f"/executions/{part(execution)}/attempts")
    if json:
        show.as_json(answer)
    else:
        executionviews.attempts(answer["attempts"])


@app.command(epilog="Example: orario executions logs -f 0190a6f2-8c1e-7d3a-9f00-3c5b1e2d4a6f")
def logs(
    execution: ExecutionId,
    follow_it: Annotated[bool, Option("--follow", "-f", help="Go on until it has ended.")] = False,
    level: Annotated[Level | None, Option("--level", help="Only lines at least so grave.")] = None,
    search: Annotated[str | None, Option("--search", help="Only lines with this in them.")] = None,
    json: Json = False,
) -> None:
    """Print what an execution logged; with -f, --json prints one line of JSON per log line."""
    with connect() as api:
        if follow_it:
            printer = show.json_line if json else logviews.printer(show.out())
            follow(api, execution, printer=printer, level=level, search=search)
        elif json:
            lines: list[Row] = []
            after = print_lines(api, execution, printer=lines.append, level=level, search=search)
            show.as_json({"logs": lines, "nextAfter": after})
        else:
            print_lines(api, execution, printer=logviews.printer(show.out()), level=level, search=search)


@app.command(epilog="Example: orario executions cancel 0190a6f2-8c1e-7d3a-9f00-3c5b1e2d4a6f")
def cancel(execution: ExecutionId, json: Json = False) -> None:
    """Cancel an execution: what waits does not start, what runs is told to stop and then killed."""
    with connect() as api:
        answer = api.post(f"/executions/{part(execution)}/cancel")
    if json:
        show.as_json(answer)
    elif State(answer["status"]).is_final:
        show.line(f"{answer['id']} is", cells.state(answer["status"]))
    else:
        show.line(f"{answer['id']} is told to stop.")


@app.command(epilog="Example: orario executions retry 0190a6f2-8c1e-7d3a-9f00-3c5b1e2d4a6f")
def retry(execution: ExecutionId, arg: Args = None, args_file: ArgsFile = None, json: Json = False) -> None:
    """Run it again as a new execution, with the same arguments unless others are given."""
    typed = read_arguments(arg, args_file)
    with connect() as api:
        answer = api.post(f"/executions/{part(execution)}/retry", _document(api, execution, typed))
    show.as_json(answer) if json else show.line(answer["id"])


def _document(api: Client, execution: str, typed: Arguments) -> dict[str, Any] | None:
    if not typed.given:
        return None
    task = api.get(f"/task-functions/{part(api.get(f'/executions/{part(execution)}')['task'])}")
    return {"taskArgs": typed.fitted(task["argsSchema"])}
