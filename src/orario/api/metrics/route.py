"""The route /metrics."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from orario.api.metrics.scrape import Scrapes
from orario.api.schemas.errors import errors
from orario.service.people import Role
from orario.web.loopback import open_on_loopback
from orario.web.routing import Router

router = Router(tags=["health"])


@router.get(
    "/metrics", dependencies=[open_on_loopback(Role.VIEWER)], response_class=Response, responses=errors(401, 403)
)
async def metrics(request: Request) -> Response:
    """Tell Prometheus how Orario is doing, as its own text or as OpenMetrics; docs/reference/metrics.md has each."""
    scrapes: Scrapes = request.app.state.scrapes
    text, kind = await run_in_threadpool(scrapes.write, request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": kind})
