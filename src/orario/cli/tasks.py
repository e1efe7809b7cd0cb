"""Commands on tasks: `orario tasks list` and `show`."""

from collections.abc import Iterator
from typing import Annotated

from typer import Argument, Option, Typer

from orario.cli import cells, show, times
from orario.cli.client import connect, part
from orario.cli.options import Json, Page, PerPage
from orario.cli.show import Cell, Column, Row

app = Typer()

COLUMNS = (
    Column("TASK", cells.field("name")),
    Column("RUNS IN", cells.field("handlerType")),
    Column("QUEUE", cells.field("queue")),
    Column("ACTIVE", lambda task: "yes" if task["isActive"] else "no"),
    Column("DOES", lambda task: _first_line(task.get("description")), min_width=show.WIDE),
)


@app.command("list", epilog="Example: orario tasks list --active")
def listing(
    active: Annotated[bool | None, Option("--active/--inactive", help="Only those.")] = None,
    page: Page = 1,
    per_page: PerPage = 100,
    json: Json = False,
) -> None:
    """List the tasks that jobs may name."""
    with connect() as api:
        answer = api.get("/task-functions", is_active=active, page=page, per_page=per_page)
    if json:
        show.as_json(answer)
        return
    show.table(COLUMNS, answer["taskFunctions"], empty="No tasks.")
    show.more(answer["total"], page, per_page)


@app.command("show", epilog="Example: orario tasks show http.request")
def details(task: Annotated[str, Argument(metavar="TASK", help="The task's name.")], json: Json = False) -> None:
    """Show one task and the arguments that it takes."""
    with connect() as api:
        answer = api.get(f"/task-functions/{part(task)}")
    if json:
        show.as_json(answer)
    else:
        show.details(_pairs(answer))


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]


def _pairs(task: Row) -> Iterator[tuple[str, Cell]]:
    yield "Task", task["name"]
    yield "Called", task.get("displayName")
    yield "Does", task.get("description")
    yield "Function", task.get("handlerPath")
    yield "Runs in", task.get("handlerType")
    yield "Queue", task.get("queue")
    yield "Time-out", times.seconds(task["defaultTimeoutSeconds"])
    yield "Active", "yes" if task["isActive"] else task.get("inactiveReason") or "no"
    for name, kind in _arguments(task.get("argsSchema") or {}):
        yield f"  --arg {name}", kind


def _arguments(schema: Row) -> Iterator[tuple[str, str]]:
    needed = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        kind = one.get("type") or " or ".join(str(part.get("type", "any")) for part in one.get("anyOf", ())) or "any"
        rest = "required" if name in needed else f"default {show.compact(one.get('default')) or 'none'}"
        yield name, f"{kind}, {rest}"
