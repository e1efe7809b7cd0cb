"""Runs jobs one after the other while somebody watches, and sums up how they ended."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from orario.cli import cells, logviews, show, times
from orario.cli.bars import Following, following
from orario.cli.client import Client, part
from orario.cli.exits import Exit, Failure, by_state
from orario.cli.foreground import nicknames, reached
from orario.cli.show import Column, Row
from orario.cli.watch import follow
from orario.core.execution import State

_PAGE = 100
_ON_DEMAND = 4  # jobs that are only run when asked for; in an app of such jobs only, to run it is to ask for them

COLUMNS = (
    Column("JOB", cells.field("job")),
    Column("ENDED", lambda row: cells.state(row["status"]), is_whole=True),
    Column("TOOK", lambda row: times.seconds(row["durationSeconds"]), is_number=True, is_whole=True),
    Column("DONE", cells.field("processed"), is_number=True),
    Column("FAILED", cells.field("failed"), is_number=True),
    Column("ANSWER", lambda row: row["errorMessage"] or show.compact(row["result"])),
)


def run(app: str, job: str | None, *, is_quiet: bool, json: bool) -> Exit:
    """Run them; the exit code."""
    with reached(app) as (api, name):
        wanted = _jobs(api, name, nicknames(app).get(job, job) if job else None)
        rows = _run_all(api, wanted, is_quiet)
    show.as_json(rows) if json else _sum_up(rows)
    return _exit(rows, is_one=job is not None)


def _jobs(api: Client, app: str, job: str | None) -> list[Row]:
    found: list[Row] = []
    while True:
        answer = api.get("/jobs", app=app, page=len(found) // _PAGE + 1, per_page=_PAGE)
        found += answer["jobs"]
        if len(found) >= answer["total"] or not answer["jobs"]:
            break
    found.reverse()  # as the code declares them
    if job is None:
        return [one for one in found if one["jobTypeId"] != _ON_DEMAND] or found
    wanted = [one for one in found if job in (one["slug"], one["id"])]
    if not wanted:
        known = ", ".join(one["slug"] for one in found) or "none"
        raise Failure(Exit.NOT_FOUND, f"The app {app} has no job {job}; it has {known}")
    return wanted


def _run_all(api: Client, wanted: Sequence[Row], is_quiet: bool) -> list[Row]:
    console = show.err()
    printer: Callable[[Row], None] = (lambda row: None) if is_quiet else logviews.printer(console)
    rows: list[Row] = []
    with following(console, len(wanted)) as bars:
        for job in wanted:
            if not job["isEnabled"] and len(wanted) > 1:
                rows.append(_row(job, {"status": "disabled"}))
            else:
                rows.append(_run_one(api, job, printer, bars))
            bars.end()
            if rows[-1]["status"] == State.CANCELLED and rows[-1].get("isInterrupted"):
                break
    return rows


def _run_one(api: Client, job: Row, printer: Callable[[Row], None], bars: Following) -> Row:
    bars.begin(job["slug"])
    opened = api.post(f"/jobs/{part(job['slug'])}/trigger")["executionId"]
    try:
        return _row(job, follow(api, opened, printer=printer, bar=bars))
    except KeyboardInterrupt:
        with suppress(Failure):
            api.post(f"/executions/{part(opened)}/cancel")
        ended = follow(api, opened, printer=printer, bar=bars)
        return {**_row(job, ended), "status": State.CANCELLED.value, "isInterrupted": True}


def _row(job: Row, ended: Row) -> dict[str, Any]:
    progress = ended.get("progress") or {}
    return {
        "job": job["slug"],
        "name": job["name"],
        "executionId": ended.get("id"),
        "status": ended["status"],
        "durationSeconds": ended.get("durationSeconds"),
        "processed": progress.get("processed"),
        "failed": progress.get("failed"),
        "result": ended.get("result"),
        "errorMessage": ended.get("errorMessage") or ended.get("reason"),
    }


def _sum_up(rows: Sequence[Row]) -> None:
    show.table(COLUMNS, rows, empty="The app has no jobs to run.")
    ran = [row for row in rows if row["executionId"]]
    good = sum(row["status"] == State.SUCCESS for row in ran)
    rest = f", {len(rows) - len(ran)} disabled" if len(rows) > len(ran) else ""
    if rows:
        show.hint(f"{good} of {len(ran)} ended well{rest}.")


def _exit(rows: Sequence[Row], *, is_one: bool) -> Exit:
    states = [row["status"] for row in rows if row["executionId"]]
    if any(row.get("isInterrupted") for row in rows):
        return Exit.CANCELLED
    if is_one and states:
        return by_state(states[0])
    return Exit.OK if all(state == State.SUCCESS for state in states) else Exit.FAILED
