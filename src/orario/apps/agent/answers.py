"""Errors in the words of the agent's document: statusCode, message, error, whatever goes wrong."""

import logging
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orario import Conflict, Forbidden, Invalid, NotAuthenticated, NotFound, OrarioError
from orario.web import Route

log = logging.getLogger("orario.agent")

INVALID = "Invalid request"
FAILED = "Internal server error"
_STATUS: Mapping[type[OrarioError], int] = {
    NotAuthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 400,
}


class AnswerRoute(Route):
    """A route whose errors are those of the document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await answer(request)
            except Exception as error:
                return answered(error)

        return handle


def answered(error: Exception) -> JSONResponse:
    """The answer that an error is."""
    if isinstance(error, RequestValidationError | Invalid):
        return body(400, INVALID)
    if isinstance(error, OrarioError):
        status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
        if status < 500:
            return body(status, error.message, {"WWW-Authenticate": "Bearer"} if status == 401 else None)
    if isinstance(error, HTTPException):
        # What is wrong with a body, its form, size or type, is one thing in the document.
        return body(404, error.detail) if error.status_code == 404 else body(400, INVALID)
    log.error("a request to the agent's API failed", exc_info=error)
    return body(500, FAILED)


def body(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    said = {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
    return JSONResponse(said, status, headers)
