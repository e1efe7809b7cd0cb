"""Executions as the runs of the document; pure, given what was read."""

from collections.abc import Mapping
from typing import Any

from orario import Execution, LogLine, State
from orario.apps.gamehost.cuid import to_cuid
from orario.apps.gamehost.failures import RunFailed
from orario.apps.gamehost.related import Names, mentioned
from orario.apps.gamehost.schemas import Figures, LogOut, RunDetailsOut, RunOut, ServerOut, UserOut
from orario.apps.gamehost.words import STATUSES, TYPES

_OURS = f"{RunFailed.__name__}: "  # Orario puts the error's class before its message
_NOT_TOLD = frozenset({"traceparent"})  # of whoever triggered it


def is_run(execution: Execution) -> bool:
    """Whether it is a run of this app: begun, or cancelled before it could be."""
    if execution.task not in TYPES or execution.state not in STATUSES:
        return False
    return execution.state is not State.PENDING or execution.started_at is not None


def run(execution: Execution) -> RunOut:
    """A run in short."""
    return RunOut(**_facts(execution))


def run_details(execution: Execution) -> RunDetailsOut:
    """A run, its log left out."""
    metadata = {name: value for name, value in (execution.metadata or {}).items() if name not in _NOT_TOLD}
    return RunDetailsOut(
        **_facts(execution),
        error_stack=execution.error_stack,
        metadata=metadata or None,
        logs=[],
    )


def figures(execution: Execution) -> Figures:
    """Orario counts what failed among the processed items, the document beside them."""
    progress = execution.progress
    return Figures(
        processed=max(progress.processed - progress.failed, 0), total=progress.total, failed=progress.failed
    )


def error_of(execution: Execution) -> str | None:
    """What went wrong, in the words of the document's examples."""
    message = execution.error_message or (execution.reason if execution.state is State.CANCELLED else None)
    return message and message.removeprefix(_OURS)


def _facts(execution: Execution) -> dict[str, Any]:
    counted = figures(execution)
    return {
        "id": to_cuid(execution.id),
        "job_type": TYPES[execution.task],
        "status": STATUSES[execution.state],
        "started_at": execution.started_at or execution.finished_at or execution.created_at,
        "ended_at": execution.finished_at if execution.state.is_final else None,
        "items_processed": counted.processed,
        "items_total": counted.total,
        "items_failed": counted.failed,
        "error_message": error_of(execution),
    }


def log(execution: Execution, line: LogLine, names: Names) -> LogOut:
    """A log line, with the server and the user that it names."""
    said = mentioned(line)
    server, user = names.servers.get(said.server_id or ""), names.users.get(said.user_id or "")
    return LogOut(
        id=line.id,
        job_type=TYPES[execution.task],
        job_run=to_cuid(execution.id),
        level=line.level,
        message=line.message,
        details=_without_ids(line.details),
        game_server_id=said.server_id,
        user_id=said.user_id,
        created_at=line.at,
        game_server=server and ServerOut(id=server.id, name=server.name, status=server.status),
        user=user and UserOut(id=user.id, name=user.name, email=user.email),
    )


def _without_ids(details: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The two ids have places of their own in the document."""
    left = {name: value for name, value in (details or {}).items() if name not in ("gameServerId", "userId")}
    return left or None
