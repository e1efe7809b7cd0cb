"""Commands on schedules: `orario schedules preview`, and the calendars of dates that schedules leave out."""

from datetime import timedelta
from typing import Annotated, Any

from typer import Argument, Option, Typer

from orario.cli import cells, show, times
from orario.cli.client import connect, part
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import read_file
from orario.cli.options import Count, Json
from orario.cli.scheduling import schedule_fields
from orario.cli.show import Column
from orario.core.cronzone import Dst

app = Typer()
calendars = Typer(no_args_is_help=True)
app.add_typer(calendars, name="calendars", help="Named sets of dates on which jobs do not run.")

CALENDAR_COLUMNS = (
    Column("CALENDAR", cells.field("name")),
    Column("DATES", lambda row: str(len(row["dates"])), is_number=True),
    Column("IS", cells.field("description")),
)
Name = Annotated[str, Argument(metavar="NAME", help="The calendar's name.")]


@app.command(epilog='Example: orario schedules preview --cron "0 8 * * mon" --timezone Europe/Rome')
def preview(
    every: Annotated[str | None, Option("--every", metavar="LENGTH", help="At fixed intervals.")] = None,
    cron: Annotated[str | None, Option("--cron", help="At wall-clock times.")] = None,
    at: Annotated[str | None, Option("--at", metavar="MOMENT", help="Once.")] = None,
    timezone: Annotated[str | None, Option("--timezone", help="The time zone, such as Europe/Rome.")] = None,
    dst: Annotated[Dst | None, Option("--dst", help="What happens when clocks change.")] = None,
    count: Count = 10,
    json: Json = False,
) -> None:
    """Say a schedule in words and show when it would fire."""
    body: dict[str, Any] = schedule_fields(every, cron, at)
    if not body:
        raise Failure(Exit.INVALID, "Give the schedule: --every, --cron or --at")
    body |= {"count": count} | {
        key: value for key, value in (("timezone", timezone), ("dstPolicy", dst)) if value is not None
    }
    with connect(create=True) as api:
        answer = api.post("/schedules/preview", body)
    show.as_json(answer) if json else _tell(answer)


def _tell(preview: Any) -> None:
    show.line(f"{preview['sentence']}:")
    for moment in preview["moments"]:
        parsed = times.parse(moment)
        show.line("  " + times.absolute(parsed, preview["timezone"]), f"({times.relative(parsed, cells.now())})")
    for change in preview["clockChanges"]:
        away = times.length(timedelta(seconds=abs(change["bySeconds"])))
        turn = "forward" if change["bySeconds"] > 0 else "back"
        show.hint(
            f"The clock is set {turn} by {away} at {times.absolute(times.parse(change['at']), preview['timezone'])}."
        )


@calendars.command("list", epilog="Example: orario schedules calendars list")
def listing(json: Json = False) -> None:
    """List the calendars."""
    with connect() as api:
        answer = api.get("/calendars")
    show.as_json(answer) if json else show.table(CALENDAR_COLUMNS, answer["calendars"], empty="No calendars.")


@calendars.command("show", epilog="Example: orario schedules calendars show holidays")
def details(name: Name, json: Json = False) -> None:
    """Show the dates of a calendar."""
    with connect() as api:
        answer = api.get(f"/calendars/{part(name)}")
    if json:
        show.as_json(answer)
        return
    for date in answer["dates"]:
        show.line(date)


@calendars.command(
    "set", epilog="Example: orario schedules calendars set holidays --date 2030-12-25 --date 2030-12-26"
)
def put(
    name: Name,
    date: Annotated[list[str] | None, Option("--date", metavar="DATE", help="A date in it; repeatable.")] = None,
    file: Annotated[
        str | None, Option("--file", metavar="FILE", help="Dates, one per line; - is standard input.")
    ] = None,
    description: Annotated[str | None, Option("--description", help="What it is.")] = None,
    json: Json = False,
) -> None:
    """Make a calendar of the given dates, in place of the one of that name."""
    dates = [*(date or ()), *(read_file(file).split() if file else ())]
    body = {"dates": dates} | ({} if description is None else {"description": description})
    with connect() as api:
        answer = api.put(f"/calendars/{part(name)}", body)
    show.as_json(answer) if json else show.line(f"{name} has {len(answer['dates'])} dates.")


@calendars.command("delete", epilog="Example: orario schedules calendars delete holidays")
def delete(name: Name, json: Json = False) -> None:
    """Delete a calendar that no job uses."""
    with connect() as api:
        answer = api.delete(f"/calendars/{part(name)}")
    show.as_json(answer) if json else show.line(f"{name} is deleted.")
