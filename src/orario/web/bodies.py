"""Reads request bodies with care: limited in size, checked before anything is made of them."""

import json
from typing import Any, NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from orario.core.errors import invalid
from orario.core.hygiene import check_json

LARGEST = 1_048_576
_IN_PLACE = 16_384  # checking a larger body would hold up the loop
_PATIENCE = 16 * 1_048_576  # read and thrown away, so that the sender hears why


async def read(request: Request, largest: int = LARGEST) -> bytes:
    """The whole body; 413 when it is too large."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > _PATIENCE:
        raise _too_large(largest)
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _PATIENCE:
            break
        if size <= largest:
            body += chunk
    if size > largest:
        raise _too_large(largest)
    return bytes(body)


async def with_checked_json(request: Request) -> Request:
    """The same request, its body read and found to be sane JSON (or nothing at all)."""
    body = await read(request)
    if body:
        require_type(request, "application/json")
        if len(body) > _IN_PLACE:
            await run_in_threadpool(_check, body)
        else:
            _check(body)
    return again(request, body)


def again(request: Request, body: bytes) -> Request:
    """The request with a body that can be read once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


def content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_type(request: Request, *types: str) -> None:
    """Raise 415 unless the body is announced as one of `types`."""
    given = content_type(request)
    if given not in types and not (given.endswith("+json") and "application/json" in types):
        raise HTTPException(415, f"Send the body with the header Content-Type: {' or '.join(types)}")


def decoded(body: bytes) -> str:
    """The body as text; Invalid when it is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid(error.start, message="the body is not UTF-8 text", kind="value_error.unicode") from None


def parsed(body: bytes) -> Any:
    """The body's JSON; Invalid for what is none, or what no sane client sends."""
    text = decoded(body)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise invalid(error.pos, message="the body is not valid JSON", kind="value_error.jsondecode") from None
    except RecursionError:
        raise invalid(message="the body is nested too deep") from None
    except ValueError:  # a number of thousands of digits
        raise invalid(message="the body holds a number of more than 64 bits") from None


def _check(body: bytes) -> None:
    check_json(parsed(body), max_bytes=LARGEST)


def _refuse_constant(name: str) -> NoReturn:
    raise invalid(message="the body holds NaN or an infinity, which JSON does not know")


def _too_large(largest: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {largest} bytes")
