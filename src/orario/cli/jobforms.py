"""Commands that write jobs: `orario jobs create` and `orario jobs edit`."""

from typing import Annotated, Any

from typer import Argument, Option, Typer

from orario.cli import jobviews
from orario.cli.client import Client, connect, part
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import task_args
from orario.cli.jobflags import JobFlags, with_job_flags
from orario.cli.options import JobRef, Json
from orario.cli.scheduling import schedule_fields

app = Typer()
HTTP_TASK = "http.request"


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
    schedule = schedule_fields(flags.every, flags.cron, flags.at)
    if not schedule:
        raise Failure(
            Exit.INVALID, "Give the job a schedule: --every 5m, --cron '0 2 * * *' or --at 2030-01-31T08:00Z"
        )
    task, args = _work(flags)
    if task is None:
        raise Failure(Exit.INVALID, "Give the job its work: --task APP.TASK, or --http GET https://...")
    with connect(create=True) as api:
        document = {"name": name, "taskFunctionId": task_id(api, task), **schedule, **flags.settings()}
        if args:
            document["taskArgs"] = args
        job = api.post("/jobs", document, **({"Idempotency_Key": key} if key else {}))
    jobviews.changed(job, "is created", json)


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
    task, args = _work(flags)
    changes = {**schedule_fields(flags.every, flags.cron, flags.at), **flags.settings()}
    if name is not None:
        changes["name"] = name
    with connect() as api:
        if task is not None:
            changes["taskFunctionId"] = task_id(api, task)
        if args is not None or unset:
            changes["taskArgs"] = _merged(api, job, args or {}, unset or (), whole=flags.args_file is not None)
        if not changes:
            raise Failure(Exit.INVALID, "Nothing to change was given; orario jobs edit --help lists what can be")
        match = {} if version is None else {"If_Match": f'"{version}"'}
        answer = api.put(f"/jobs/{part(job)}", changes, **match)
    jobviews.changed(answer, "is changed", json)


def task_id(api: Client, name: str) -> int:
    """The number under which the API knows a task."""
    return int(api.get(f"/task-functions/{part(name)}")["id"])


def _work(flags: JobFlags) -> tuple[str | None, dict[str, Any] | None]:
    """The task and the arguments that the flags name."""
    args = task_args(flags.args or (), flags.args_file)
    if flags.http is None:
        return flags.task, args
    if flags.task is not None:
        raise Failure(Exit.INVALID, "Give --task or --http, not both")
    method, url = flags.http
    return HTTP_TASK, {"method": method.upper(), "url": url, **(args or {})}


def _merged(
    api: Client, job: str, args: dict[str, Any], unset: tuple[str, ...] | list[str], *, whole: bool
) -> dict[str, Any]:
    # Secrets come masked and go back masked: the API keeps what it has for them.
    before = {} if whole else api.get(f"/jobs/{part(job)}").get("taskArgs") or {}
    return {key: value for key, value in (before | args).items() if key not in unset}
