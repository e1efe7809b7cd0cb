"""How jobs look at a terminal."""

from collections.abc import Iterator
from typing import Any

from orario.cli import cells, show, times
from orario.cli.show import Cell, Column, Row

COLUMNS = (
    Column("JOB", cells.field("slug")),
    Column("NAME", cells.field("name"), is_extra=True),
    Column("IS", cells.job_mark),
    Column("NEXT", cells.far("nextRunTime")),
    Column("AT", cells.exact("nextRunTime"), is_extra=True),
    Column("LAST", cells.far("lastRunTime")),
    Column("ENDED", lambda job: cells.state(job.get("lastStatus"))),
)


def listing(answer: Row) -> None:
    show.table(COLUMNS, answer["jobs"], empty="No jobs.")


def details(job: Row) -> None:
    """All that is known of a job, and its latest executions."""
    show.details(_pairs(job))


def _pairs(job: Row) -> Iterator[tuple[str, Cell]]:
    yield "Job", job.get("slug")
    yield "Name", job.get("name")
    yield "Id", job.get("id")
    yield "Description", job.get("description")
    yield "Task", (job.get("taskFunction") or {}).get("name")
    yield "Arguments", show.compact(job.get("taskArgs"))
    yield "Schedule", job.get("scheduleSentence") or show.compact(job.get("scheduleConfig"))
    yield "Time zone", job.get("timezone")
    yield "State", cells.job_mark(job)
    yield "Next", cells.when(job.get("nextRunTime"))
    yield "Last", cells.when(job.get("lastRunTime"))
    yield "Ended", cells.state(job.get("lastStatus"))


def changed(job: Any, what: str, json: bool) -> None:
    """The answer to a change of a job: what became of it, and when it fires next."""
    if json:
        show.as_json(job)
        return
    show.line(f"{job['slug']} {what}; {_next(job)}.")


def _next(job: Row) -> str:
    moment = job.get("nextRunTime")
    if moment:
        parsed = times.parse(moment)
        return f"it fires next {times.relative(parsed, cells.now())}, at {times.absolute(parsed)}"
    return "it is not due again" if job.get("isEnabled") and not job.get("isPaused") else "it does not fire"
