"""Commands that write jobs: `orario jobs create` and `orario jobs edit`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from typer import Argument, Option, Typer

from orario.cli import jobviews, show
from orario.cli.arguments import Arguments, read_arguments
from orario.cli.client import Client, connect, part
from orario.cli.exits import Exit, Failure
from orario.cli.jobflags import JobFlags, with_job_flags
from orario.cli.options import JobRef, Json
from orario.cli.scheduling import schedule_fields

app = Typer()
HTTP_TASK = "http.request"
WATCHED_TASK = "ping.watched"


@app.command(epilog='Example: orario jobs create "Close the day" --task shop.close_the_day --cron "0 2 * * *"')
@with_job_flags
def create(
    name: Annotated[str, Argument(metavar="NAME", help="What people call it.")],
    flags: JobFlags,
    key: Annotated[
        str | None, Option("--idempotency-key", help="Sent twice with the same key, it is created once.")
    ] = None,
    json: Json = False,
) -> None:
    """Create a job and say when it fires first."""
    schedule = schedule_fields(flags.every, flags.cron, flags.at, flags.on_demand)
    if not schedule:
        raise Failure(
            Exit.INVALID,
            "Give the job a schedule: --every 5m, --cron '0 2 * * *', --at 2030-01-31T08:00Z or --on-demand",
        )
    work = _work(flags)
    if work.task is None:
        raise Failure(Exit.INVALID, "Give the job its work: --task APP.TASK, or --http GET https://...")
    with connect(create=True) as api:
        task = find_task(api, work.task)
        document = {"name": name, "taskFunctionId": task["id"], **schedule, **flags.settings()}
        if args := work.args(task["argsSchema"]):
            document["taskArgs"] = args
        job = api.post("/jobs", document, **({"Idempotency_Key": key} if key else {}))
    jobviews.changed(job, "is created", json)
    if work.task == WATCHED_TASK and not json:
        show.hint(f"Let what does the work say so: orario ping {job['id']} -- COMMAND")


@app.command(epilog="Example: orario jobs edit close_the_day --timeout 20m --arg branch=north")
@with_job_flags
def edit(
    job: JobRef,
    flags: JobFlags,
    name: Annotated[str | None, Option("--name", help="What people call it.")] = None,
    unset: Annotated[
        list[str] | None, Option("--unset-arg", metavar="KEY", help="An argument to leave out; repeatable.")
    ] = None,
    version: Annotated[
        int | None, Option("--if-version", help="Only if nobody has changed it since this version.")
    ] = None,
    json: Json = False,
) -> None:
    """Change what is given of a job and leave the rest; --arg changes single arguments, --args-file all of them."""
    work = _work(flags)
    changes = {**schedule_fields(flags.every, flags.cron, flags.at, flags.on_demand), **flags.settings()}
    if name is not None:
        changes["name"] = name
    with connect() as api:
        task = None if work.task is None else find_task(api, work.task)
        if task is not None:
            changes["taskFunctionId"] = task["id"]
        if work.has_args or unset:
            changes["taskArgs"] = _merged(api.get(f"/jobs/{part(job)}"), task, work, unset or ())
        if not changes:
            raise Failure(Exit.INVALID, "Nothing to change was given; orario jobs edit --help lists what can be")
        match = {} if version is None else {"If_Match": f'"{version}"'}
        answer = api.put(f"/jobs/{part(job)}", changes, **match)
    jobviews.changed(answer, "is changed", json)


def find_task(api: Client, name: str) -> Any:
    """The task of this name, with its number and the schema of its arguments."""
    try:
        return api.get(f"/task-functions/{part(name)}")
    except Failure as failure:
        if failure.code is not Exit.NOT_FOUND:
            raise
        raise Failure(
            failure.code, f"There is no task {name}: `orario tasks list` shows those that there are"
        ) from None


@dataclass(frozen=True)
class Work:
    """What the flags say about what a job does."""

    task: str | None
    usual: Mapping[str, Any]  # what --http means
    typed: Arguments

    @property
    def has_args(self) -> bool:
        return bool(self.usual) or self.typed.given

    def args(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {**self.usual, **self.typed.fitted(schema)}


def _work(flags: JobFlags) -> Work:
    typed = read_arguments(flags.args, flags.args_file)
    if sum((flags.task is not None, flags.http is not None, bool(flags.watched))) > 1:
        raise Failure(Exit.INVALID, "Give one of --task, --http and --watched, not several")
    if flags.http is None:
        return Work(WATCHED_TASK if flags.watched else flags.task, {}, typed)
    method, url = flags.http
    return Work(HTTP_TASK, {"method": method.upper(), "url": url}, typed)


def _merged(before: Any, task: Any, work: Work, unset: Sequence[str]) -> dict[str, Any]:
    """The job's arguments with the given ones changed; a file stands for all of them."""
    follows = task or before["taskFunction"] or {}
    # Secrets come masked and go back masked: the API keeps what it has for them.
    kept = {} if work.typed.whole is not None else before["taskArgs"] or {}
    merged = {**kept, **work.args(follows.get("argsSchema", {}))}
    return {key: value for key, value in merged.items() if key not in unset}
