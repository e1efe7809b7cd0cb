"""Routers whose routes ask who is calling before they read a single byte of the body."""

from collections.abc import Callable, Coroutine
from copy import copy
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, compile_path

from orario.core.errors import Invalid
from orario.web.access import Access, ByMethod
from orario.web.bodies import with_checked_json

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class Route(APIRoute):
    """First the access rules, then the body, and only then FastAPI's own validation.

    FastAPI parses the body before it looks at dependencies, so that a stranger would learn from a 422.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        rules = rules_of(self)
        has_json_body = self.body_field is not None

        async def handle(request: Request) -> Response:
            for rule in rules:
                await rule(request)
            try:
                if has_json_body and request.method not in _BODILESS:
                    request = await with_checked_json(request)
                return await answer(request)
            except (Invalid, RequestValidationError, HTTPException):
                await self.require_subject(request)
                raise

        return handle

    async def require_subject(self, request: Request) -> None:
        """Raise NotFound when what the path names does not exist: that is said before all else that is wrong."""


class Router(APIRouter):
    """An APIRouter of such routes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("route_class", Route)
        super().__init__(*args, **options)


def moved(route: BaseRoute, prefix: str, *, in_schema: bool = True) -> APIRoute:
    """The same route under another path; it shares everything but its address.

    Not by `include_router`: that looks up included routes anew at every level of every request, and making a route
    costs 15 ms.
    """
    assert isinstance(route, APIRoute)
    there = copy(route)
    there.path = prefix + route.path
    there.path_regex, there.path_format, there.param_convertors = compile_path(there.path)
    there.include_in_schema = in_schema and route.include_in_schema
    there.operation_id = there.unique_id = route.endpoint.__name__
    there.summary = route.summary or route.endpoint.__name__.replace("_", " ").capitalize()
    return there


def rules_of(route: APIRoute) -> list[Access]:
    """The access rules that a route, or the router it was written on, names."""
    return [one.dependency for one in route.dependencies if isinstance(one.dependency, Access)]


async def guard(request: Request) -> None:
    """Every route of an app passes here: one that names no access rule gets the usual one."""
    route = request.scope.get("route")
    if not (isinstance(route, APIRoute) and rules_of(route)):
        await ByMethod()(request)
