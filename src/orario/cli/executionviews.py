"""How executions and their attempts look at a terminal."""

from collections.abc import Iterator, Sequence

from orario.cli import cells, show, times
from orario.cli.show import Cell, Column, Row

COLUMNS = (
    Column("EXECUTION", cells.field("id"), is_whole=True),
    Column("JOB", cells.field("jobName")),
    Column("IS", lambda row: cells.state(row["status"]), is_whole=True),
    Column("DUE", cells.far("scheduledFor"), is_whole=True),
    Column("AT", cells.exact("scheduledFor"), min_width=show.WIDER, is_whole=True),
    Column("TOOK", lambda row: times.seconds(row.get("durationSeconds")), is_number=True, is_whole=True),
    Column("BY", cells.field("triggeredBy"), min_width=show.WIDE),
    Column("WHY", lambda row: _first_line(row.get("errorMessage") or row.get("reason")), min_width=show.WIDE),
)

ATTEMPT_COLUMNS = (
    Column("ATTEMPT", cells.field("number"), is_number=True),
    Column("ENDED", lambda row: cells.state(row["status"] or "running"), is_whole=True),
    Column("STARTED", cells.exact("startedAt"), is_whole=True),
    Column("TOOK", lambda row: times.seconds(row.get("durationSeconds")), is_number=True, is_whole=True),
    Column("WHY", lambda row: _first_line(row.get("errorMessage"))),
)


def listing(executions: Sequence[Row]) -> None:
    show.table(COLUMNS, executions, empty="No executions.")


def attempts(attempts: Sequence[Row]) -> None:
    show.table(ATTEMPT_COLUMNS, attempts, empty="It has not been tried yet.")


def details(execution: Row) -> None:
    show.details(_pairs(execution))


def _first_line(message: str | None) -> str | None:
    return message.splitlines()[0] if message else None


def _pairs(execution: Row) -> Iterator[tuple[str, Cell]]:
    is_waiting = execution["status"] == "pending"
    yield "Execution", execution["id"]
    yield "Job", execution["jobName"]
    yield "Task", execution["task"]
    yield "State", cells.state(execution["status"])
    yield "Due", cells.when(execution["scheduledFor"])
    yield "Next attempt", cells.when(execution["dueAt"]) if is_waiting and execution["attempt"] else None
    yield "Started", cells.when(execution["startedAt"])
    yield "Ended", cells.when(execution["completedAt"])
    yield "Took", times.seconds(execution["durationSeconds"])
    yield "Attempt", str(execution["attempt"] or "")
    yield "Triggered by", _trigger(execution)
    yield "Rerun of", execution["rerunOf"]
    yield "Progress", _progress(execution["progress"])
    yield "Arguments", show.compact(execution["taskArgs"])
    yield "Notes", show.compact(execution["metadata"])
    yield "Reason", execution["reason"]
    yield "Result", show.compact(execution["result"])
    yield "Error", execution["errorMessage"]
    yield "Stack", execution["errorStack"]


def _trigger(execution: Row) -> str:
    who = execution["triggeredByUserId"]
    return f"{execution['triggeredBy']}, {who}" if who else str(execution["triggeredBy"])


def _progress(progress: Row) -> str | None:
    if not (progress["total"] or progress["processed"]):
        return None
    failed = f", {progress['failed']} failed" if progress["failed"] else ""
    return f"{progress['processed']} of {progress['total'] or 'unknown'}{failed}"
