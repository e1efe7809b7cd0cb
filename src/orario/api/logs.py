"""The log lines of executions: in pages, and live."""

from typing import Annotated

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from orario.api.queries import ExecutionId, Text
from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.executions import LogLineOut, LogList
from orario.api.streaming import end, tell
from orario.core.execution import Level
from orario.service.people import Role
from orario.web.access import require
from orario.web.depends import Executions
from orario.web.following import Follower, resumed

router = NativeRouter(tags=["executions"], responses=ALWAYS)

_VIEWER = [require(Role.VIEWER)]
_LAST_ID = 2**63 - 1

After = Annotated[int, Query(ge=0, le=_LAST_ID, description="Only lines after the one with this id.")]
AtLeast = Annotated[Level | None, Query(description="Only lines at least so grave.")]
Holding = Annotated[Text | None, Query(description="Only lines with this in them.")]

_STREAM = {
    "description": "Events `log` (a log line; its id is the event's), then `end` (the execution, final)",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


@router.get("/executions/{execution_id}/logs", dependencies=_VIEWER, responses=errors(404, 422))
def list_logs(
    execution_id: ExecutionId,
    executions: Executions,
    after: After = 0,
    level: AtLeast = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 200,
    search: Holding = None,
) -> LogList:
    """List log lines in the order in which they were written."""
    lines = executions.logs(execution_id, after=after, level=level, limit=limit, search=search or None)
    return LogList(logs=[LogLineOut.of(line) for line in lines], next_after=lines[-1].id if lines else after)


@router.get(
    "/executions/{execution_id}/logs/stream",
    dependencies=_VIEWER,
    responses=errors(404, 422) | {200: _STREAM},
)
async def stream_logs(
    request: Request,
    execution_id: ExecutionId,
    executions: Executions,
    after: After = 0,
    level: AtLeast = None,
    last_event_id: Annotated[str | None, Header(description="The last event that was received.")] = None,
) -> StreamingResponse:
    """Follow the log as it is written, as server-sent events, until the execution has ended."""
    await run_in_threadpool(executions.get, execution_id)  # an unknown one is a 404, not an empty stream
    start = resumed(last_event_id, after)
    follower = Follower(executions, request.app.state.wake, execution_id, tell, end, start, level)
    return StreamingResponse(
        follower.events(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
