"""The command `orario why`: what became of a moment of a job, and because of what."""

from collections.abc import Iterator
from typing import Annotated, Any

from typer import Argument

from orario.cli import cells, show, times
from orario.cli.client import connect, part
from orario.cli.options import JobRef, Json
from orario.cli.show import Cell, Row

_COLOURS = {
    "ran": "green",
    "ran_late": "yellow",
    "running": "blue",
    "waiting": "cyan",
    "did_not_run": "red",
    "not_due": "yellow",
    "coming": "cyan",
    "held": "yellow",
}


def why(
    job: JobRef,
    time: Annotated[
        list[str] | None,
        Argument(
            metavar="[TIME]",
            help="02:00, yesterday 02:00, 2030-01-31T02:00 or 2030-01-31, on the job's own clock; "
            "left out: what it waits for, or its latest moment.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Tell why a job did, or did not, run at a time, why it was late, or what it waits for."""
    with connect() as api:
        answer = api.get(f"/jobs/{part(job)}/why", at=" ".join(time) if time else None)
    show.as_json(answer) if json else _tell(answer)


def _tell(answer: Any) -> None:
    show.line(show.text(answer["headline"] + ".", f"bold {_COLOURS.get(answer['verdict'], '')}".strip()))
    for cause in answer["causes"]:
        show.line(show.text("  because", "dim"), show.text(cause["sentence"]))
    show.details(_pairs(answer))


def _pairs(answer: Row) -> Iterator[tuple[str, Cell]]:
    zone, nearest = answer["timezone"], answer["nearestMoments"]
    gap = answer["gap"]
    yield "Moment", _moment(answer["moment"], zone)
    yield "Execution", answer["execution"]
    if gap:
        count = "1 moment" if gap["count"] == 1 else f"{gap['count']} moments"
        yield "Gap", f"{count} {gap['reason']}, {_moment(gap['from'], zone)} to {_moment(gap['to'], zone)}"
    yield "Moment before", _moment(nearest["before"], zone)
    yield "Moment after", _moment(nearest["after"], zone)


def _moment(moment: str | None, zone: str) -> str | None:
    """On the job's clock, and how far it is."""
    if not moment:
        return None
    parsed = times.parse(moment)
    return f"{times.absolute(parsed, zone)} ({times.relative(parsed, cells.now())})"
