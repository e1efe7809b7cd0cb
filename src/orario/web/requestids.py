"""Gives every request an id, and tells each in the log when a setting asks for it."""

import logging
import re
import secrets
import time
from contextvars import ContextVar

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orario.core.secrecy import MASK
from orario.core.secrets_in_text import without_secrets
from orario.core.tracing import TRACEPARENT, fit

HEADER = "X-Request-ID"
REQUEST_ID: ContextVar[str | None] = ContextVar("orario_request", default=None)

log = logging.getLogger("orario.access")

_NAME = HEADER.lower().encode()
_FIT = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")  # what may stand in a header and in a log
_NO_STATUS = 499  # the caller went away before there was an answer


class RequestIds:
    """The outermost layer: takes the caller's id or makes one, and sends it back."""

    def __init__(self, app: ASGIApp, tells: bool = False, is_traced: bool = False) -> None:
        self.app = app
        self._tells, self._is_traced = tells, is_traced

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        id, began, status = _id_of(scope), time.perf_counter(), _NO_STATUS

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = id
            await send(message)

        before = REQUEST_ID.set(id)
        parent = TRACEPARENT.set(_parent_of(scope) if self._is_traced else None)
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            if self._tells:
                _tell(scope, status, time.perf_counter() - began)
            TRACEPARENT.reset(parent)
            REQUEST_ID.reset(before)


def _id_of(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == _NAME]
    if len(given) == 1 and _FIT.fullmatch(given[0]):
        return str(given[0].decode())
    return secrets.token_hex(8)


def _parent_of(scope: Scope) -> str | None:
    given = [value for name, value in scope["headers"] if name == b"traceparent"]
    return fit(given[0].decode("latin-1")) if len(given) == 1 else None


def _tell(scope: Scope, status: int, took: float) -> None:
    client = (scope.get("client") or ("",))[0]
    path = _shown_path(scope)
    facts = {
        "method": scope["method"],
        "path": path,
        "status": status,
        "duration_ms": round(took * 1000, 1),
        "client": client,
    }
    log.info("%s %s %d %.1f ms %s", scope["method"], path, status, took * 1000, client, extra=facts)


def _shown_path(scope: Scope) -> str:
    """As it came, with what is a secret in its query masked: jobs of other systems send theirs there."""
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"")
    whole = path + b"?" + query if query else path
    return without_secrets(whole.decode("ascii", "backslashreplace"), MASK)
