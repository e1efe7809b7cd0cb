"""The native API whole: its routers in order, and what it answers where there is nothing."""

from collections.abc import Iterator

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from orario.api import (
    cluster,
    executions,
    figures,
    jobactions,
    jobfiles,
    jobs,
    logs,
    people,
    schedules,
    secrets,
    tasks,
    users,
    why,
)
from orario.service.people import Role
from orario.web.access import require
from orario.web.problems import problem
from orario.web.routing import Router, moved

PREFIXES = ("/api/v1/scheduler", "/api/setting/scheduler")  # two names for one thing, both in seed 004
ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

# `jobfiles` goes before `jobs`: /jobs/export is no job of that name.
_PARTS = (
    *(tasks, jobfiles, jobs, jobactions, why, executions, logs),
    *(schedules, cluster, figures, secrets, people, users),
)

TAGS = [
    {"name": "task functions", "description": "What jobs may run."},
    {"name": "jobs", "description": "What runs when: a task function, its arguments, a schedule, its policies."},
    {"name": "jobs as text", "description": "Jobs kept as YAML in a repository; jobs beside their code."},
    {"name": "executions", "description": "What ran, runs and will run: one per due moment."},
    {"name": "schedules", "description": "Schedules not yet saved; calendars of dates on which jobs do not run."},
    {"name": "scheduler", "description": "The scheduler itself."},
    {"name": "secrets", "description": "Values that jobs refer to by name; nobody reads them back."},
    {"name": "people", "description": "Tokens, users, and who changed what."},
    {"name": "health", "description": "For probes; no token."},
]


_nowhere = Router(dependencies=[require(Role.VIEWER)], include_in_schema=False)


def native_routes(prefix: str, *, in_schema: bool) -> Iterator[APIRoute]:
    """Every documented route under `prefix`, and last an answer for all other paths there."""
    for part in (*(part.router for part in _PARTS), _nowhere):
        for route in part.routes:
            yield moved(route, prefix, in_schema=in_schema)


# Who does not say who he is learns nothing, not even that there is nothing.
@_nowhere.api_route("", methods=ALL_METHODS)
@_nowhere.api_route("/{path:path}", methods=ALL_METHODS)
async def nowhere(request: Request) -> Response:
    """The answer for paths and methods that are not there."""
    offered = [route for route in request.app.routes if isinstance(route, APIRoute) and _is_here(route, request)]
    allowed = sorted({method for route in offered for method in route.methods or ()})
    if allowed:
        return problem(405, f"{request.method} is not possible here", {"Allow": ", ".join(allowed)})
    return problem(404, "There is nothing at this path")


def _is_here(route: APIRoute, request: Request) -> bool:
    """Whether the route answers at this path, though to another method."""
    return route.endpoint is not nowhere and route.matches(request.scope)[0] is Match.PARTIAL
