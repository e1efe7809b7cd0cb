"""Commands on queues: `orario queues list` and `set`."""

from typing import Annotated

from typer import Argument, Option, Typer

from orario.cli import cells, show
from orario.cli.client import connect, part
from orario.cli.exits import Exit, Failure
from orario.cli.options import Json
from orario.cli.show import Column

app = Typer()

COLUMNS = (
    Column("QUEUE", cells.field("name")),
    Column("WIDTH", cells.field("width"), is_number=True),
    Column("RUNNING", cells.field("running"), is_number=True),
    Column("WAITING", cells.field("pending"), is_number=True),
    Column("HANDED OVER", cells.field("handedOver"), is_number=True),
    Column("EXECUTOR", cells.field("executor")),
    Column("IS", lambda queue: "paused" if queue.get("isPaused") else "open"),
)


@app.command("list", epilog="Example: orario queues list")
def listing(json: Json = False) -> None:
    """List the queues, how wide each is and what runs and waits in it."""
    with connect() as api:
        answer = api.get("/queues")
    show.as_json(answer) if json else show.table(COLUMNS, answer["queues"], empty="No queues yet.")


@app.command("set", epilog="Example: orario queues set reports --width 2")
def change(
    queue: Annotated[str, Argument(metavar="QUEUE", help="The queue's name.")],
    width: Annotated[int | None, Option("--width", min=1, help="How many run at once, over all instances.")] = None,
    paused: Annotated[bool | None, Option("--pause/--resume", help="Whether new work starts.")] = None,
    executor: Annotated[
        str | None, Option("--executor", help="Who carries them: local, the servers; celery, its workers.")
    ] = None,
    json: Json = False,
) -> None:
    """Set how many executions of a queue run at once and who carries them, or pause it."""
    given = (("width", width), ("isPaused", paused), ("executor", executor))
    body = {key: value for key, value in given if value is not None}
    if not body:
        raise Failure(Exit.INVALID, "Nothing to set was given: --width N, --executor NAME, --pause or --resume")
    with connect() as api:
        answer = api.put(f"/queues/{part(queue)}", body)
    show.as_json(answer) if json else show.table(COLUMNS, [answer], empty="")
