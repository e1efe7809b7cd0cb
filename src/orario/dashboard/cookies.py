"""The cookies of the dashboard, and the proof that a form was ours."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from orario.core.errors import Forbidden
from orario.service.sessions import WHOLE
from orario.settings import Settings

TOAST = "orario_toast"
ZONE = "orario_zone"
THEME = "orario_theme"
_VISIT = "orario_visit"
_LONGEST_TOAST = 600
_MASK = 32  # bytes


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether people come here behind TLS."""
    return request.url.scheme == "https" or settings.public_url.startswith("https://")


def session_key(request: Request, settings: Settings) -> str | None:
    """The key that the browser shows, good or bad."""
    return request.cookies.get(_session_name(request, settings))


def open_session(response: Response, request: Request, settings: Settings, key: str) -> None:
    """Give the browser a session's key, out of reach of scripts and other sites."""
    response.set_cookie(
        _session_name(request, settings),
        key,
        max_age=int(WHOLE.total_seconds()),
        path=_path(request),
        secure=is_secure(request, settings),
        httponly=True,
        samesite="lax",
    )
    response.delete_cookie(_VISIT, path=_path(request))


def close_session(response: Response, request: Request, settings: Settings) -> None:
    response.delete_cookie(
        _session_name(request, settings),
        path=_path(request),
        secure=is_secure(request, settings),
        httponly=True,
        samesite="lax",
    )


def visit(request: Request) -> str:
    """What forms are bound to before anybody has signed in."""
    known = request.cookies.get(_VISIT, "")
    return known if len(known) == 43 and known.isascii() else secrets.token_urlsafe(32)


def keep_visit(response: Response, request: Request, settings: Settings, key: str) -> None:
    response.set_cookie(
        _VISIT,
        key,
        path=_path(request),
        secure=is_secure(request, settings),
        httponly=True,
        samesite="strict",
    )


def form_token(key: str) -> str:
    """What a form carries to show that it is ours; another one each time, so that compression tells nothing of it."""
    mask = secrets.token_bytes(_MASK)
    return base64.urlsafe_b64encode(mask + _xor(mask, _proof(key))).decode()


def require_own_form(request: Request, key: str | None, token: str | None) -> None:
    """Raise Forbidden for a request that another site has made the browser send."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("This request came from another site, and was refused.")
    try:
        raw = base64.urlsafe_b64decode((token or "").encode())
    except ValueError:
        raw = b""
    told = _xor(raw[:_MASK], raw[_MASK:]) if len(raw) == 2 * _MASK else b""
    if not key or not hmac.compare_digest(told, _proof(key)):
        raise Forbidden("This form is too old, or is not ours. Load the page again and repeat.")


def packed(text: str) -> str:
    """Any text as a cookie's value."""
    return base64.urlsafe_b64encode(text.encode()).decode()


def unpacked(value: str) -> str:
    """The text again; empty for what is none of ours."""
    try:
        return base64.urlsafe_b64decode(value.encode()).decode()
    except ValueError:
        return ""


def put_toast(response: Response, request: Request, text: str, tone: str) -> None:
    """Let the next page say something, once."""
    packed = json.dumps([tone, text[:_LONGEST_TOAST]]).encode()
    value = base64.urlsafe_b64encode(packed).decode()
    response.set_cookie(TOAST, value, max_age=60, path=_path(request), httponly=True, samesite="lax")


def take_toast(request: Request) -> tuple[str, str] | None:
    """(tone, text) that the page before left."""
    try:
        tone, text = json.loads(base64.urlsafe_b64decode(request.cookies.get(TOAST, "").encode()))
    except (ValueError, TypeError):
        return None
    known = isinstance(text, str) and tone in {"good", "bad", "plain"}
    return (tone, text[:_LONGEST_TOAST]) if known else None


def drop_toast(response: Response, request: Request) -> None:
    response.delete_cookie(TOAST, path=_path(request))


def _session_name(request: Request, settings: Settings) -> str:
    # A name that browsers let nobody set from a neighbouring host, or without TLS.
    guarded = is_secure(request, settings) and _path(request) == "/"
    return "__Host-orario" if guarded else "orario_session"


def _path(request: Request) -> str:
    root: Any = request.scope.get("root_path", "")
    return root or "/"


def _proof(key: str) -> bytes:
    return hashlib.sha256(b"orario form " + key.encode()).digest()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
