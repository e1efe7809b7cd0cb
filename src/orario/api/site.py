"""What stands beside the API: health, its description, the page that shows it."""

import asyncio
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import Field
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from orario.api.schemas.base import Shape
from orario.core.errors import NotFound
from orario.service.people import Role
from orario.web.access import public
from orario.web.depends import Cluster
from orario.web.loopback import open_on_loopback
from orario.web.routing import Router

_STATIC = Path(__file__).parent / "static"
_FILES = ("docs.css", "docs.js")
_CACHED = {"Cache-Control": "max-age=300"}

router = Router(tags=["health"])


class Health(Shape):
    """Whether this process answers."""

    status: str = "ok"


class Ready(Shape):
    """Whether jobs can fire."""

    status: str = Field(examples=["ready"])
    reasons: list[str] = Field(description="What is missing, in sentences.")


@router.get("/healthz", dependencies=[public()])
async def healthz() -> Health:
    """Say that this process answers."""
    return Health()


@router.head("/healthz", dependencies=[public()], include_in_schema=False)
async def healthz_head() -> Response:
    return Response()


@router.get("/readyz", dependencies=[public()], responses={503: {"model": Ready, "description": "Jobs cannot fire"}})
async def readyz(cluster: Cluster) -> Response:
    """Say whether jobs can fire: the database answers, an instance leads and ticks, and the loops here are alive."""
    # Not among the threads of the other requests: they may all be waiting for what is frozen.
    found = await asyncio.get_running_loop().run_in_executor(None, cluster.ready)
    answer = Ready(status="ready" if found.ok else "not ready", reasons=list(found.reasons))
    return JSONResponse(answer.model_dump(by_alias=True), 200 if found.ok else 503)


@router.get("/openapi.json", dependencies=[open_on_loopback(Role.VIEWER)], include_in_schema=False)
def openapi(request: Request) -> JSONResponse:
    app: FastAPI = request.app
    return JSONResponse(_served_under(app.openapi(), request.scope.get("root_path", "")))


@router.get("/docs", dependencies=[public()], include_in_schema=False)
def docs() -> FileResponse:
    # The page says nothing by itself: what it shows it asks for with the reader's token.
    return FileResponse(_STATIC / "docs.html", headers=_CACHED)


@router.get("/docs/", dependencies=[public()], include_in_schema=False)
def docs_with_slash(request: Request) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/docs")


@router.get("/docs/{name}", dependencies=[public()], include_in_schema=False)
def docs_file(name: str) -> FileResponse:
    if name not in _FILES:
        raise NotFound("There is nothing at this path")
    return FileResponse(_STATIC / name, headers=_CACHED)


def _served_under(description: dict[str, Any], root_path: str) -> dict[str, Any]:
    return description | {"servers": [{"url": root_path}]} if root_path else description
