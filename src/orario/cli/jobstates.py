"""Commands that switch jobs: `orario jobs enable`, `disable`, `pause`, `resume` and `delete`."""

from typing import Annotated, Any

from typer import Option, Typer

from orario.cli import jobviews, show
from orario.cli.client import connect, part
from orario.cli.inputs import confirm
from orario.cli.options import JobRef, Json, Yes

app = Typer()


@app.command(epilog="Example: orario jobs enable close_the_day")
def enable(job: JobRef, json: Json = False) -> None:
    """Let a job fire again, from now on."""
    jobviews.changed(_switch(job, True), "is enabled", json)


@app.command(epilog="Example: orario jobs disable close_the_day")
def disable(job: JobRef, json: Json = False) -> None:
    """Stop a job from firing; what runs goes on."""
    jobviews.changed(_switch(job, False), "is disabled", json)


@app.command(epilog='Example: orario jobs pause close_the_day --until 2030-01-31T08:00 --note "stock-taking"')
def pause(
    job: JobRef,
    until: Annotated[
        str | None, Option("--until", metavar="MOMENT", help="Resume by itself then; without a zone, in the job's.")
    ] = None,
    note: Annotated[str | None, Option("--note", help="Why, for those who wonder.")] = None,
    json: Json = False,
) -> None:
    """Hold a job back for a while; the moments it misses are recorded as a gap."""
    body = {"until": until, "note": note}
    with connect() as api:
        answer = api.post(
            f"/jobs/{part(job)}/pause", {key: value for key, value in body.items() if value is not None}
        )
    jobviews.changed(answer, "is paused", json)


@app.command(epilog="Example: orario jobs resume close_the_day")
def resume(job: JobRef, json: Json = False) -> None:
    """End a job's pause; it fires from now on."""
    with connect() as api:
        answer = api.post(f"/jobs/{part(job)}/resume")
    jobviews.changed(answer, "is resumed", json)


@app.command(epilog="Example: orario jobs delete close_the_day --yes")
def delete(job: JobRef, yes: Yes = False, json: Json = False) -> None:
    """Delete a job; a terminal is asked first, a script is not."""
    confirm(f"Delete the job {job}?", yes)
    with connect() as api:
        answer = api.delete(f"/jobs/{part(job)}")
    if json:
        show.as_json(answer)
    else:
        show.line(f"{job} is deleted.")


def _switch(job: str, enabled: bool) -> Any:
    with connect() as api:
        return api.put(f"/jobs/{part(job)}/status", {"isEnabled": enabled})
