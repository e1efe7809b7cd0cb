"""The two documented endpoints, which an outside scheduler calls; below them the API to what they work on."""

import logging
import re
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orario import Execution, State
from orario.apps.lokario import words
from orario.apps.lokario.billing.router import router as billing
from orario.apps.lokario.calls import router as calls
from orario.apps.lokario.inbox.router import router as inbox
from orario.apps.lokario.secret import HEADER, PARAMETER, knows_secret
from orario.web import Actor, Clock, ExecutionFilter, Role, Router, Services, finished, problem

CALLER = Actor(None, "lokario-cron", Role.OPERATOR)
LONGEST_WAIT = 4 * 3600.0
_LOOKED_AT = 20
_KIND = re.compile(r"^\w+: ")  # of the error, which is for the log

_one_at_a_time = Lock()
log = logging.getLogger("orario.lokario")
router = Router(tags=["lokario"])


class Done(BaseModel):
    """What the document says that a call is answered with."""

    success: bool = Field(examples=[True])
    message: str = Field(examples=[words.SYNC_DONE])
    timestamp: str = Field(description="UTC, without a zone.", examples=["2024-01-15T14:30:00"])


def _parameter(place: str, name: str, description: str) -> dict[str, Any]:
    return {"in": place, "name": name, "description": description, "schema": {"type": "string"}}


_ANSWERS: dict[int | str, dict[str, Any]] = {
    403: {"description": "The secret is missing or wrong"},
    500: {"description": "Something failed; the detail and the execution's log say what"},
}
_OPTIONS: dict[str, Any] = {
    "dependencies": [knows_secret()],
    "responses": _ANSWERS,
    "response_model": Done,
    "openapi_extra": {  # read by the rule: as an argument it could be told of in a 422
        "security": [],
        "parameters": [_parameter("query", PARAMETER, "The CRON_SECRET."), _parameter("header", HEADER, "The same.")],
    },
}


@router.get("/api/inbox/integrations/sync-all", **_OPTIONS)
async def sync_all(request: Request, services: Services, clock: Clock) -> Response:
    """Bring every active inbox up to date, and answer when it is done."""
    log.info(words.SYNC_CALLED)
    done = await _carried_out(request, services, words.SYNC_JOB)
    return _answer(done, clock.now(), words.SYNC_DONE, words.SYNC_FAILED)


@router.get("/api/followups/process-automatic", **_OPTIONS)
async def process_automatic(request: Request, services: Services, clock: Clock) -> Response:
    """Send the automatic reminders whose delay is reached, and answer when it is done."""
    log.info(words.FOLLOWUPS_CALLED)
    done = await _carried_out(request, services, words.FOLLOWUPS_JOB)
    return _answer(done, clock.now(), words.FOLLOWUPS_DONE, words.FOLLOWUPS_FAILED)


async def _carried_out(request: Request, services: Services, job: str) -> Execution:
    """A run of the job that begins after the call."""
    return await finished(request, await run_in_threadpool(_opened, services, job), LONGEST_WAIT)


def _opened(services: Services, job: str) -> UUID:
    """One that waits already does for all who come meanwhile."""
    wanted = ExecutionFilter(job_ref=job, states=(State.PENDING,))
    with _one_at_a_time:
        waiting = services.executions.find(wanted, per_page=_LOOKED_AT).items
        joined = next((one.id for one in waiting if not one.args), None)
        return joined or services.jobs.trigger(job, CALLER).id


def _answer(done: Execution, now: datetime, success: str, failure: str) -> Response:
    if done.state is State.SUCCESS:
        stamp = now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        return JSONResponse({"success": True, "message": success, "timestamp": stamp})
    why = _KIND.sub("", done.error_message or f"{failure} : l'exécution est {done.state.value}")
    log.error("%s", why)
    return problem(500, why)


for part in (inbox, billing, calls):
    router.routes.extend(part.routes)  # as they are: including them would make each of them twice
