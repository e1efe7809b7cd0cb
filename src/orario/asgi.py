"""The web application: dashboard, native API, each app's routes, health and docs; mountable inside another."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from orario.api import site
from orario.api.describing import describe
from orario.api.metrics import route as metrics
from orario.api.metrics.scrape import Scrapes
from orario.api.native import PREFIXES, TAGS, native_routes
from orario.app import App
from orario.dashboard.site import dashboard_routes
from orario.runtime import VERSION, Runtime
from orario.service.figures import Gauges
from orario.service.people import Actor
from orario.web import problems
from orario.web.headers import Safety
from orario.web.requestids import RequestIds
from orario.web.routing import guard, moved

_WORTH_ZIPPING = 2048


def create_app(runtime: Runtime, *, local_actor: Actor | None = None) -> FastAPI:
    """The application of a prepared runtime; its lifespan starts and stops the runtime.

    A parent application that mounts it either enters `app.router.lifespan_context(app)` in its own lifespan, or
    starts and stops the runtime itself. `local_actor` is who asks, whatever the request says: for the command
    line, which calls the application inside its own process.
    """
    app = FastAPI(
        title="Orario",
        version=VERSION,
        openapi_url=None,  # ours asks who is calling
        docs_url=None,
        redoc_url=None,
        openapi_tags=TAGS,
        lifespan=_lifespan,
        redirect_slashes=False,
        middleware=[
            Middleware(RequestIds, tells=runtime.settings.access_log, is_traced=runtime.traces is not None),
            Middleware(Safety),
            Middleware(GZipMiddleware, minimum_size=_WORTH_ZIPPING, compresslevel=4),
        ],
    )
    app.state.runtime = runtime
    app.state.services = runtime.services
    app.state.settings = runtime.settings
    app.state.clock = runtime.clock
    app.state.wake = runtime.wake
    app.state.local_actor = local_actor
    app.state.scrapes = Scrapes(runtime.engine, Gauges(runtime.database), VERSION)
    problems.install(app)
    _add_routes(app, runtime)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # In a thread: starting and draining wait, and apps' hooks may want a loop of their own.
    runtime: Runtime = app.state.runtime
    await run_in_threadpool(runtime.start)
    try:
        yield
    finally:
        await run_in_threadpool(runtime.stop)


def _add_routes(app: FastAPI, runtime: Runtime) -> None:
    apps = runtime.apps
    # Apps first: one with an empty prefix wins where its paths are also ours.
    for one in apps:
        if one.router is not None:
            app.include_router(one.router, prefix=prefix_of(one), tags=[one.name], dependencies=[Depends(guard)])
    described = _undisturbed(apps)
    for prefix in PREFIXES:
        app.router.routes.extend(native_routes(prefix, in_schema=prefix == described))
    app.router.routes.extend(moved(route, "") for route in (*site.router.routes, *metrics.router.routes))
    app.router.routes.extend(
        dashboard_routes(runtime.services, runtime.settings, runtime.clock, runtime.wake, apps, VERSION)
    )
    app.openapi = partial(describe, app)  # type: ignore[method-assign]


def prefix_of(app: App) -> str:
    """Where an app's routes stand: where its settings say, else where it says itself."""
    prefix = getattr(app.config, "prefix", None)
    prefix = (app.prefix if prefix is None else str(prefix)).strip("/")
    return f"/{prefix}" if prefix else ""


def _undisturbed(apps: Sequence[App]) -> str:
    """The prefix that the description speaks of: one where no app's routes stand in front."""
    taken = [prefix_of(one) + route.path for one in apps for route in _routes(one)]
    return next((prefix for prefix in PREFIXES if not any(path.startswith(prefix) for path in taken)), PREFIXES[0])


def _routes(app: App) -> list[APIRoute]:
    return [route for route in (app.router.routes if app.router else ()) if isinstance(route, APIRoute)]
