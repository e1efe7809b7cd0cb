"""Routers of the native API, which know what their paths name."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from orario.service.services import Services
from orario.web.routing import Route, Router


class NativeRoute(Route):
    """A route that is about a job or an execution, if its path says so."""

    async def require_subject(self, request: Request) -> None:
        services: Services = request.app.state.services
        if "job_id" in request.path_params:
            await run_in_threadpool(services.jobs.get, request.path_params["job_id"])
        if "execution_id" in request.path_params:
            await run_in_threadpool(services.executions.get, request.path_params["execution_id"])


class NativeRouter(Router):
    """A router of such routes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, route_class=NativeRoute, **options)
