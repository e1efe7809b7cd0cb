"""The rule for routes that are open on the own machine: nobody else's page may use a browser to get in."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request

from orario.core.errors import Forbidden
from orario.service.people import Actor, Role
from orario.web.access import Access, HasRole, has_token

LOCAL = Actor(None, "local", Role.OPERATOR)


@dataclass(frozen=True)
class OpenOnLoopback(Access):
    """Lets everybody on the own machine pass; elsewhere, or with a token, asks for `role`."""

    role: Role

    async def __call__(self, request: Request) -> None:
        if has_token(request) or not is_bound_to_loopback(request):
            await HasRole(self.role)(request)
            return
        refuse_foreigners(request)
        request.state.actor = LOCAL


def open_on_loopback(role: Role) -> Any:
    """A dependency: no token is needed while Orario listens on a loopback address only; else `role` is."""
    return Depends(OpenOnLoopback(role))


def is_bound_to_loopback(request: Request) -> bool:
    """Whether the server was told to listen on loopback, and this request did come in there.

    The second half guards an Orario inside somebody's own application, whose server knows nothing of our settings.
    """
    arrived = (request.scope.get("server") or ("localhost", None))[0]
    return is_loopback(request.app.state.settings.host) and is_loopback(arrived)


def refuse_foreigners(request: Request) -> None:
    """Raise Forbidden for what a page from elsewhere can make a browser send: foreign Host, Origin or site."""
    headers = request.headers
    if len(headers.getlist("host")) != 1 or not is_loopback(_host(headers["host"])):
        raise Forbidden("This is open to the own machine only; the Host header names another")
    origin = headers.get("origin")
    if origin is not None and not is_loopback(_host_of_origin(origin)):
        raise Forbidden("This is open to the own machine only; the Origin header names another site")
    # "same-site" is another port of localhost: somebody else's page too, unless its Origin was read above.
    if headers.get("sec-fetch-site", "none").lower() not in {"none", "same-origin", "same-site"}:
        raise Forbidden("Requests from other sites are refused")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is the own machine's."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _host(authority: str) -> str:
    """The host of `host:port`, whole when it is no such thing."""
    if authority.startswith("["):
        return authority.partition("]")[0] + "]"
    host, colon, port = authority.partition(":")
    return host if not colon or port.isdigit() else authority


def _host_of_origin(origin: str) -> str:
    """The host of an Origin header; empty for "null" and for nonsense."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""
