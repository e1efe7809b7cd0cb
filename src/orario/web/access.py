"""Who is asking, and what they may do: bearer tokens become actors, rules become dependencies of routes."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from orario.core.errors import Forbidden, NotAuthenticated
from orario.service.people import Actor, People, Role

_LONGEST_TOKEN = 256
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Access:
    """A rule about who may call a route, used as a dependency; an app may bring rules of its own.

    It raises NotAuthenticated or Forbidden, or remembers the actor for `Caller`. On the routes of
    `orario.web.Router` it is asked before the body is read.
    """

    async def __call__(self, request: Request) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class HasRole(Access):
    """Asks for a token whose role covers `role`."""

    role: Role

    async def __call__(self, request: Request) -> None:
        actor = await authenticated(request)
        if not actor.role.covers(self.role):
            raise Forbidden(f"This needs the role {self.role.value}; yours is {actor.role.value}")


@dataclass(frozen=True)
class ByMethod(Access):
    """The rule of routes that name none: viewers read, operators do the rest."""

    async def __call__(self, request: Request) -> None:
        await HasRole(Role.VIEWER if request.method in _READING else Role.OPERATOR)(request)


@dataclass(frozen=True)
class Public(Access):
    """Lets everybody pass."""

    async def __call__(self, request: Request) -> None:
        return None


def require(role: Role) -> Any:
    """A dependency of a route or router: only callers whose role covers `role` pass."""
    return Depends(HasRole(role))


def public() -> Any:
    """A dependency that says aloud: this route is open to everybody."""
    return Depends(Public())


async def authenticated(request: Request) -> Actor:
    """Whose token came with the request; raises NotAuthenticated without a good one."""
    known: Actor | None = getattr(request.state, "actor", None) or getattr(request.app.state, "local_actor", None)
    actor = known or await _actor_of(request.app.state.services.people, _bearer(request))
    request.state.actor = actor
    return actor


async def _actor_of(people: People, token: str) -> Actor:
    # Mostly without a thread: under load each change of threads may cost milliseconds.
    remembered = people.remembered(token)
    if remembered is not None:
        return remembered
    return await run_in_threadpool(people.authenticate, token)


def has_token(request: Request) -> bool:
    """Whether the request shows a token at all, good or bad."""
    return "authorization" in request.headers


Caller = Annotated[Actor, Depends(authenticated)]


def _bearer(request: Request) -> str:
    values = request.headers.getlist("authorization")
    if not values:
        raise NotAuthenticated("Send a token: Authorization: Bearer <token>")
    scheme, _, token = values[0].strip().partition(" ")
    token = token.strip()
    if len(values) > 1 or scheme.lower() != "bearer" or not _is_token(token):
        raise NotAuthenticated("The Authorization header must be of the form: Bearer <token>")
    return token


def _is_token(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_TOKEN and text.isascii() and text.isprintable() and " " not in text
