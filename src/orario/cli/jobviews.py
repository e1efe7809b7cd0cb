"""How jobs look at a terminal."""

from collections.abc import Iterator
from typing import Any

from orario.cli import cells, executionviews, show, times
from orario.cli.scheduling import TYPE_IDS
from orario.cli.show import Cell, Column, Row

COLUMNS = (
    Column("JOB", cells.field("slug")),
    Column("NAME", cells.field("name"), min_width=show.WIDEST),
    Column("RUNS", cells.field("scheduleSentence"), min_width=show.WIDE),
    Column("IS", cells.job_mark, is_whole=True),
    Column("NEXT", cells.far("nextRunTime"), is_whole=True),
    Column("AT", cells.exact("nextRunTime"), min_width=show.WIDER, is_whole=True),
    Column("LAST", cells.far("lastRunTime"), is_whole=True),
    Column("ENDED", lambda job: cells.state(job.get("lastStatus")), is_whole=True),
)


def listing(answer: Row) -> None:
    show.table(COLUMNS, answer["jobs"], empty="No jobs.")


def details(job: Row) -> None:
    """All that is known of a job, and its latest executions."""
    show.details([*_identity(job), *_time(job), *_policy(job), *_history(job)])
    recent = job.get("recentExecutions")
    if recent:
        print()
        executionviews.listing(recent)


def _identity(job: Row) -> Iterator[tuple[str, Cell]]:
    yield "Job", job["slug"]
    yield "Name", job["name"]
    yield "Id", job["id"]
    yield "Description", job["description"]
    yield "Task", (job.get("taskFunction") or {}).get("name")
    yield "Arguments", show.compact(job["taskArgs"])
    yield (
        "Declared by",
        job.get("app") and f"app {job['app']}" + (", changed since" if job["differsFromCode"] else ""),
    )
    yield "State", cells.job_mark(job)
    yield "Broken", job["brokenReason"]
    yield "Paused", _pause(job)


def _pause(job: Row) -> str | None:
    if not job["isPaused"]:
        return None
    parts = [f"since {cells.when(job['pausedAt'])}"]
    parts += [f"until {cells.when(job['pausedUntil'])}"] if job["pausedUntil"] else []
    parts += [f"by {job['pausedBy']}"] if job["pausedBy"] else []
    return ", ".join(parts) + (f": {job['pauseNote']}" if job["pauseNote"] else "")


def _time(job: Row) -> Iterator[tuple[str, Cell]]:
    yield "Schedule", job["scheduleSentence"]
    yield "Time zone", job["timezone"]
    yield "Clock changes", job["dstPolicy"]
    yield "From", cells.when(job["startAt"])
    yield "To", cells.when(job["endAt"])
    yield "Jitter", times.seconds(job["jitterSeconds"] or None)
    yield "Not on", ", ".join([*job["excludeCalendars"], *job["excludeDates"]])


def _policy(job: Row) -> Iterator[tuple[str, Cell]]:
    yield "Queue", job["queue"] + (f", priority {job['priority']}" if job["priority"] else "")
    yield "At once", f"{job['maxInstances']}, then {job['overlap']}"
    yield "Missed", job["misfire"]
    yield "Time-out", times.seconds(job["timeoutSeconds"]) or "none"
    if job["retryCount"]:
        wait = f"{times.seconds(job['retryDelaySeconds'])} apart ({job['retryBackoff']})"
        yield "Retries", f"{job['retryCount']}, {wait}"
    yield "Kept", _kept(job)
    yield "Pauses after", job["pauseAfterFailures"] and f"{job['pauseAfterFailures']} failures in a row"


def _kept(job: Row) -> str | None:
    parts = [f"{job['keepDays']} days"] if job["keepDays"] else []
    parts += [f"the newest {job['keepCount']}"] if job["keepCount"] else []
    return ", ".join(parts) or None


def _history(job: Row) -> Iterator[tuple[str, Cell]]:
    yield "Next", cells.when(job["nextRunTime"])
    yield "Last", cells.when(job["lastRunTime"])
    yield "Ended", cells.state(job["lastStatus"])
    yield "So far", ", ".join(f"{count} {state}" for state, count in job["counts"].items() if count)
    yield "Version", str(job["version"])


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
    if job["jobTypeId"] == TYPE_IDS["on_demand"]:
        return "it runs only when asked to"
    return "it is not due again" if job.get("isEnabled") and not job.get("isPaused") else "it does not fire"
