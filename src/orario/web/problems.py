"""One table: Orario's errors as HTTP answers."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from orario.core.errors import (
    Conflict,
    Fenced,
    Forbidden,
    Invalid,
    NotAuthenticated,
    NotFound,
    OrarioError,
    Outdated,
)
from orario.web.words import WRONG_KIND, documented

STATUS: Mapping[type[OrarioError], int] = {
    NotAuthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Outdated: 412,
    Invalid: 422,
    Fenced: 503,
}
_PLAIN = {404: "There is nothing at this path", 405: "This method is not possible here"}
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_LONGEST_STEP = 64
_MOST = 50  # problems told at once
_HEADERS = frozenset({"Idempotency-Key"})  # what services check of a request's head

log = logging.getLogger("orario.web")


def install(app: FastAPI) -> None:
    """Let `app` answer with the shapes of seed 004's error section, whatever goes wrong."""
    app.add_exception_handler(OrarioError, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    for kind in (OperationalError, InterfaceError, NoConnection):
        app.add_exception_handler(kind, _database)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a request that cannot be met."""
    return JSONResponse({"detail": _encodable(detail)}, status, headers)


def failed(error: BaseException) -> JSONResponse:
    """The answer when the fault is ours; the log has the rest."""
    log.error("A request failed", exc_info=error)
    return problem(500, "Something went wrong in Orario; its log says what")


def validation_problem(request: Request, error: Invalid) -> JSONResponse:
    """The documented validation error; every place begins with "path", "header", "query" or "body"."""
    found = [(one.loc, *documented(one.kind, one.message)) for one in error.problems]
    return _validation(((_part(request, loc), *loc), message, kind) for loc, message, kind in found)


def _validation(found: Iterable[tuple[tuple[str | int, ...], str, str]]) -> JSONResponse:
    detail = [
        {"loc": _presentable(loc), "msg": _encodable(message), "type": kind}
        for loc, message, kind in list(found)[:_MOST]
    ]
    return JSONResponse({"detail": detail}, 422)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OrarioError)
    if isinstance(error, Invalid):
        return validation_problem(request, error)
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
    if status is None:
        return failed(error)
    return problem(status, error.message, _CHALLENGE if status == 401 else None)


async def _not_valid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _validation(_translated(one) for one in error.errors())


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    plain = error.detail == HTTPStatus(error.status_code).phrase
    detail = _PLAIN.get(error.status_code, error.detail) if plain else error.detail
    return problem(error.status_code, str(detail), error.headers)


async def _database(request: Request, error: Exception) -> JSONResponse:
    log.error("The database did not answer", exc_info=error)
    return problem(503, "The database does not answer; try again in a moment", {"Retry-After": "1"})


def _translated(error: Mapping[str, Any]) -> tuple[tuple[str | int, ...], str, str]:
    if error["type"] in WRONG_KIND and error.get("input", ...) is None:
        return tuple(error["loc"]), *documented("none_not_allowed", "")
    return tuple(error["loc"]), *documented(error["type"], error["msg"], error.get("ctx"))


def _part(request: Request, loc: tuple[str | int, ...]) -> str:
    """Which part of the request a place of the services' is in."""
    if loc and loc[0] in request.path_params:
        return "path"
    if loc and loc[0] in _HEADERS:
        return "header"
    return "query" if request.method in {"GET", "HEAD", "DELETE"} else "body"


def _presentable(loc: tuple[str | int, ...]) -> list[str | int]:
    """The place without what is no name: keys that people sent are in it, and garbage is not sent back."""
    return [step for step in loc if isinstance(step, int) or _is_name(step)]


def _is_name(step: str) -> bool:
    return 0 < len(step) <= _LONGEST_STEP and step.isprintable() and _encodable(step) == step


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
