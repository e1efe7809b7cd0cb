"""Commands that look at jobs: `orario jobs list`, `show`, `next` and `gaps`."""

from typing import Annotated

from typer import Option, Typer

from orario.cli import cells, jobviews, show, times
from orario.cli.client import connect, part
from orario.cli.options import Count, JobRef, Json, Page, PerPage
from orario.cli.show import Column

app = Typer()

GAP_COLUMNS = (
    Column("REASON", cells.field("reason")),
    Column("FROM", cells.exact("from"), is_whole=True),
    Column("TO", cells.exact("to"), is_whole=True),
    Column("MOMENTS", cells.field("count"), is_number=True),
)


@app.command("list", epilog="Example: orario jobs list --enabled --name invoice")
def listing(
    name: Annotated[str | None, Option("--name", help="Only those whose name has this in it.")] = None,
    enabled: Annotated[bool | None, Option("--enabled/--disabled", help="Only those.")] = None,
    task: Annotated[str | None, Option("--task", help="Only those of this task.")] = None,
    page: Page = 1,
    per_page: PerPage = 50,
    json: Json = False,
) -> None:
    """List the jobs, how each stands and when it fires next."""
    with connect() as api:
        number = None if task is None else api.get(f"/task-functions/{part(task)}")["id"]
        answer = api.get(
            "/jobs", name=name, is_enabled=enabled, task_function_id=number, page=page, per_page=per_page
        )
    if json:
        show.as_json(answer)
        return
    jobviews.listing(answer)
    show.more(answer["total"], page, per_page)


@app.command("show", epilog="Example: orario jobs show close_the_day")
def details(job: JobRef, json: Json = False) -> None:
    """Show one job whole, with its latest executions."""
    with connect() as api:
        answer = api.get(f"/jobs/{part(job)}")
    if json:
        show.as_json(answer)
    else:
        jobviews.details(answer)


@app.command("next", epilog="Example: orario jobs next close_the_day -n 5")
def next_moments(job: JobRef, count: Count = 10, json: Json = False) -> None:
    """Show the moments at which a job fires next."""
    with connect() as api:
        answer = api.get(f"/jobs/{part(job)}/next", count=count)
    if json:
        show.as_json(answer)
        return
    for moment in answer["moments"]:
        parsed = times.parse(moment)
        show.line(times.absolute(parsed), f"({times.relative(parsed, cells.now())})")
    if not answer["moments"]:
        show.hint("It is not due again.")


@app.command(epilog="Example: orario jobs gaps close_the_day")
def gaps(job: JobRef, page: Page = 1, per_page: PerPage = 50, json: Json = False) -> None:
    """Show the due moments of a job that did not become executions, and why."""
    with connect() as api:
        answer = api.get(f"/jobs/{part(job)}/gaps", page=page, per_page=per_page)
    if json:
        show.as_json(answer)
        return
    show.table(GAP_COLUMNS, answer["gaps"], empty="No gaps: every due moment became an execution.")
    show.more(answer["total"], page, per_page)
