"""Commands on jobs as text: `orario jobs export`, `plan` and `apply`, and against their code `diff` and `reset`."""

from typing import Annotated, Any

from typer import Argument, Typer

from orario.cli import jobviews, show
from orario.cli.client import connect, part
from orario.cli.inputs import confirm, read_file
from orario.cli.options import JobRef, Json, Yes

app = Typer()
File = Annotated[str, Argument(metavar="FILE", help="YAML as `orario jobs export` writes it; - is standard input.")]
YAML = "application/yaml"

_SIGNS = {
    "create": ("+", "green"),
    "change": ("~", "yellow"),
}


@app.command(epilog="Example: orario jobs export > jobs.yaml")
def export() -> None:
    """Print all jobs as YAML, to be kept in a repository and applied elsewhere; secrets stay masked."""
    with connect() as api:
        print(api.get("/jobs/export"), end="")


@app.command(epilog="Example: orario jobs plan jobs.yaml")
def plan(file: File, json: Json = False) -> None:
    """Show what `apply` would change."""
    text = read_file(file)
    with connect() as api:
        answer = api.post("/jobs/plan", text, Content_Type=YAML)
    _tell(answer, json, "Nothing would change.")


@app.command("apply", epilog="Example: orario jobs apply jobs.yaml")
def carry_out(file: File, json: Json = False) -> None:
    """Make the jobs as the file says; doing it twice changes nothing more."""
    text = read_file(file)
    with connect(create=True) as api:
        answer = api.post("/jobs/apply", text, Content_Type=YAML)
    _tell(answer, json, "Nothing to change.")


@app.command(epilog="Example: orario jobs diff close_the_day")
def diff(
    job: Annotated[
        str | None, Argument(metavar="JOB", help="The job's slug or id; all of them unless given.")
    ] = None,
    json: Json = False,
) -> None:
    """Show where people changed jobs that code declares."""
    with connect() as api:
        answer = api.get("/jobs/diff" if job is None else f"/jobs/{part(job)}/diff")
    if json:
        show.as_json(answer)
        return
    differing = answer["jobs"] if job is None else [answer]
    for one in differing:
        _tell_diff(one)
    if not any(one["changes"] or one["isDeleted"] for one in differing):
        show.hint("No job differs from its code.")


@app.command(epilog="Example: orario jobs reset close_the_day")
def reset(job: JobRef, yes: Yes = False, json: Json = False) -> None:
    """Make a job as its code declares it again, a deleted one too."""
    confirm(f"Forget what people changed of {job}?", yes)
    with connect() as api:
        answer = api.post(f"/jobs/{part(job)}/reset")
    jobviews.changed(answer, "is as its code declares it", json)


def _tell(answer: Any, json: bool, nothing: str) -> None:
    if json:
        show.as_json(answer)
        return
    changes = [change for change in answer["changes"] if change["action"] != "unchanged"]
    if not changes:
        show.hint(nothing)
    for change in changes:
        sign, colour = _SIGNS.get(change["action"], (" ", ""))
        show.line(show.text(f"{sign} {change['slug']}", colour))


def _tell_diff(one: Any) -> None:
    if one["isDeleted"]:
        show.line(show.text(one["slug"], "bold"), "is deleted")
    if not one["changes"]:
        return
    show.line(show.text(one["slug"], "bold"))
    for name, change in one["changes"].items():
        show.line(f"  {name}: {_said(change['code'])} -> {_said(change['now'])}")


def _said(value: Any) -> str:
    return show.compact(value) or "nothing"
