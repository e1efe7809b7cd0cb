"""Routes that know what their paths name: that a job is unknown is said before all else that is wrong."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from orario.web import Route


class JobRoute(Route):
    """A route that is about a job, if its path says so."""

    async def require_subject(self, request: Request) -> None:
        if "job_id" in request.path_params:
            await run_in_threadpool(request.app.state.services.jobs.get, request.path_params["job_id"])
