"""Receives pings: the id in the path is all the credential they need."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from orario import Invalid, NotFound, Problem
from orario.apps.ping.pace import pace
from orario.web import Clock, Ping, Router, Services, Signal, public

LARGEST = 100_000  # bytes of a body that are kept: the last ones
_MOST = 16 * 1024 * 1024  # read at all
_UNKNOWN = "There is no watched job of this id"
_WORDS = {"start": Signal.START, "success": Signal.SUCCESS, "fail": Signal.FAIL}

router = Router(tags=["ping"], dependencies=[public()])
_DETAILS: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no watched job of this id, or no such signal"},
    429: {"description": "Too many pings of this id; Retry-After says when there may be another"},
}


class Heard(BaseModel):
    """What became of a ping."""

    execution_id: UUID = Field(serialization_alias="executionId", description="The execution it belongs to.")
    status: str = Field(description="Where that stands now.", examples=["success"])


Id = Annotated[str, Path(description="The job's id.")]
Word = Annotated[str, Path(description="`start`, `success`, `fail`, or an exit code from 0 to 255.")]
Rid = Annotated[str | None, Query(description="A UUID that tells this run from others that overlap it.")]


async def ping(id: Id, request: Request, services: Services, clock: Clock, rid: Rid = None) -> Heard:
    """Record that a job that is done elsewhere has ended well. The body of a POST is kept as its log."""
    return await _record(request, services, clock, id, Signal.SUCCESS, None, rid)


async def signal(id: Id, signal: Word, request: Request, services: Services, clock: Clock, rid: Rid = None) -> Heard:
    """Record that a job that is done elsewhere begins (`start`) or how it ended: `fail`, or an exit code."""
    meant, exit_code = _meaning(signal)
    return await _record(request, services, clock, id, meant, exit_code, rid)


def _meaning(word: str) -> tuple[Signal, int | None]:
    if word in _WORDS:
        return _WORDS[word], None
    if word.isascii() and word.isdigit() and len(word) <= 3 and int(word) <= 255:
        return (Signal.SUCCESS if int(word) == 0 else Signal.FAIL), int(word)
    raise NotFound("There is no such signal; send start, success, fail or an exit code")


async def _record(
    request: Request,
    services: Services,
    clock: Clock,
    id: str,
    signal: Signal,
    exit_code: int | None,
    rid: str | None,
) -> Heard:
    job = _as_uuid(id)
    if job is None or await run_in_threadpool(services.watched.find, job) is None:
        raise NotFound(_UNKNOWN)
    run = None if rid is None else _as_uuid(rid)
    if rid is not None and run is None:
        raise Invalid(Problem(("rid",), "value is not a valid uuid", "type_error.uuid"))
    if wait := pace.wait(job.hex, clock.monotonic()):
        raise HTTPException(429, "Too many pings of this id", {"Retry-After": str(wait)})
    said = Ping(signal=signal, exit_code=exit_code, run=run, words=await _words(request))
    found = await run_in_threadpool(services.watched.ping, job, said)
    return Heard(execution_id=found.id, status=found.state)


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None


async def _words(request: Request) -> str:
    """The end of the body: a ping is worth more than its words, so that a long one is cut and not refused."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _MOST:
            raise HTTPException(413, f"The body is larger than {_MOST} bytes")
        body += chunk
        del body[:-LARGEST]
    text = body.decode("utf-8", "replace")
    return f"[the first {size - LARGEST} bytes were cut]\n{text}" if size > LARGEST else text


def _receive(path: str, function: Callable[..., Awaitable[Heard]], summary: str) -> None:
    """A route for every method that scripts ping with."""
    for method in ("GET", "POST", "HEAD"):
        router.add_api_route(
            path,
            function,
            methods=[method],
            summary=summary,
            responses=_DETAILS,
            include_in_schema=method != "HEAD",
            openapi_extra={"security": []},
        )


_receive("/{id}", ping, "Say that a run has ended well")
_receive("/{id}/{signal}", signal, "Say that a run begins, or how it ended")
