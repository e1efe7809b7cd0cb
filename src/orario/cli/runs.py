"""Commands that open executions: `orario jobs run` and `orario jobs backfill`."""

from typing import Annotated, Any

from typer import Exit as Leave
from typer import Option, Typer

from orario.cli import cells, logviews, show, times
from orario.cli.arguments import Arguments, read_arguments
from orario.cli.bars import following
from orario.cli.client import Client, connect, part
from orario.cli.exits import Exit, Failure, by_state
from orario.cli.options import Args, ArgsFile, JobRef, Json
from orario.cli.watch import follow

app = Typer()


@app.command(epilog="Example: orario jobs run close_the_day --arg branch=north")
def run(
    job: JobRef,
    arg: Args = None,
    args_file: ArgsFile = None,
    detach: Annotated[bool, Option("--detach", help="Do not wait for its end; print its id.")] = False,
    json: Json = False,
) -> None:
    """Run a job now and watch it until it ends; the exit code tells how (0, 1, 124 time-out, 130 cancelled)."""
    typed = read_arguments(arg, args_file)
    with connect() as api:
        if not detach:
            _require_engine(api)
        opened = api.post(f"/jobs/{part(job)}/trigger", _document(api, job, typed))
        if detach:
            show.as_json(opened) if json else show.line(opened["executionId"])
            return
        ended = _watch(api, opened["executionId"])
    tell_end(ended, json)
    raise Leave(by_state(ended["status"]))


@app.command(epilog="Example: orario jobs backfill close_the_day --from 2030-01-01 --to 2030-01-31 --dry-run")
def backfill(
    job: JobRef,
    since: Annotated[str, Option("--from", metavar="MOMENT", help="From here; without a zone, in the job's.")],
    until: Annotated[str, Option("--to", metavar="MOMENT", help="Up to here.")],
    dry_run: Annotated[bool, Option("--dry-run", help="Only say what would be opened.")] = False,
    json: Json = False,
) -> None:
    """Open executions for the due moments of a stretch of time that have none yet."""
    body = {"since": since, "until": until, "dryRun": dry_run}
    with connect() as api:
        answer = api.post(f"/jobs/{part(job)}/backfill", body)
    if json:
        show.as_json(answer)
        return
    for one in answer["moments"]:
        show.line(times.absolute(times.parse(one)))
    verb = "would be opened" if dry_run else "opened"
    show.hint(f"{answer['opened']} executions {verb}, {answer['skipped']} moments have one already.")


def _document(api: Client, job: str, typed: Arguments) -> dict[str, Any] | None:
    if not typed.given:
        return None
    task = api.get(f"/jobs/{part(job)}")["taskFunction"] or {}
    return {"taskArgs": typed.fitted(task.get("argsSchema"))}


def _require_engine(api: Client) -> None:
    # Without a server the watch would never end, and nobody would know why.
    if not api.get("/status")["isRunning"]:
        raise Failure(
            Exit.UNREACHABLE,
            "No Orario server is at work on this database: start one with `orario serve`, "
            "or leave the execution for it with --detach",
        )


def _watch(api: Client, execution: str) -> Any:
    console = show.err()
    try:
        with following(console) as bar:
            return follow(api, execution, printer=logviews.printer(console), bar=bar)
    except KeyboardInterrupt:
        show.hint(f"Stopped watching; the execution goes on. To cancel it: orario executions cancel {execution}")
        raise Leave(Exit.CANCELLED) from None


def tell_end(execution: Any, json: bool) -> None:
    """How it ended goes to stderr, what it answered to stdout."""
    if json:
        show.as_json(execution)
        return
    took = times.seconds(execution.get("durationSeconds"))
    reason = execution.get("errorMessage") or execution.get("reason")
    show.err().print(
        show.text(f"{execution['id']} ended as "),
        cells.state(execution["status"]),
        show.text((f" after {took}" if took else "") + (f": {reason}" if reason else "")),
        sep="",
        soft_wrap=True,
    )
    if execution.get("result") is not None:
        show.as_json(execution["result"])
