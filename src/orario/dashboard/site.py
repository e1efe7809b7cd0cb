"""Puts the dashboard together: the pages of this house and those of apps, files, the live feed."""

import pkgutil
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import ModuleType

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from orario.app import App
from orario.core.clock import Clock
from orario.core.errors import Misconfigured, OrarioError
from orario.dashboard import cookies, loglines, pages
from orario.dashboard.apps import pages_of, panels_of
from orario.dashboard.assets import Assets
from orario.dashboard.desk import Desk
from orario.dashboard.live import MOST_REGIONS, Feed
from orario.dashboard.navigation import Link
from orario.dashboard.regions import Regions, Variant
from orario.dashboard.rendering import make_environment
from orario.dashboard.routing import Pages, open_view, refusal, routes
from orario.dashboard.view import View
from orario.dashboard.words import outcome_of
from orario.service.actors import Role
from orario.service.services import Services
from orario.settings import Settings
from orario.store.wake import Wake
from orario.web.following import resumed
from orario.web.live import finished

_PATIENCE = 60.0  # seconds that a reader waits for the end of what they have started
_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def dashboard_routes(
    services: Services, settings: Settings, clock: Clock, wake: Wake, apps: Sequence[App], version: str
) -> list[Route]:
    """Every route of the dashboard."""
    desk = make_desk(services, settings, clock, apps, version)
    desk.panels = panels_of(apps)
    desk.apps = apps
    every = [*own_pages(), *(pages_of(app) for app in apps)]
    desk.links = sorted(_links(every), key=lambda link: (link.order, link.title))
    regions = Regions(desk)
    for one in every:
        regions.add(one.regions)
    desk.put_region = regions.put
    live = _Live(desk, regions, Feed(regions, wake), wake)
    return [
        Route("/static/{version}/{name}", desk.assets.answer, methods=["GET", "HEAD"]),
        Route("/live", live.stream, methods=["GET"]),
        Route("/live/once", live.once, methods=["GET"]),
        Route("/executions/{id}/outcome", live.outcome, methods=["GET"]),
        Route("/executions/{id}/log/live", live.log, methods=["GET"]),
        *routes(desk, every),
    ]


def make_desk(services: Services, settings: Settings, clock: Clock, apps: Sequence[App], version: str) -> Desk:
    """What all pages share."""
    assets = Assets()
    desk = Desk(services, settings, clock, version, assets, make_environment(apps, assets.path))
    if settings.sso_issuer:
        desk.sso = _oidc()
        secret = settings.sso_client_secret.get_secret_value()
        desk.provider = desk.sso.Provider(settings.sso_issuer, settings.sso_client_id, secret)
    return desk


def _oidc() -> ModuleType:
    """An extra: whoever does not use it has not installed it."""
    try:
        return import_module("orario.dashboard.oidc")
    except ImportError as error:
        raise Misconfigured(f"ORARIO_SSO_ISSUER needs pip install 'orario[sso]' ({error})") from None


def own_pages() -> Iterator[Pages]:
    """The pages of this house: one module each."""
    for module in pkgutil.iter_modules(pages.__path__):
        found = getattr(import_module(f"{pages.__name__}.{module.name}"), "pages", None)
        if isinstance(found, Pages):
            yield found


def _links(every: Sequence[Pages]) -> Iterator[Link]:
    for rule in (rule for one in every for rule in one.rules):
        if rule.link is not None:
            yield Link(
                rule.link.title,
                rule.link.icon,
                rule.link.order,
                rule.path,
                rule.role or Role.VIEWER,
                rule.link.group,
            )


class _Live:
    """How pages hear of news: as a stream, or by asking now and then where no stream comes through."""

    def __init__(self, desk: Desk, regions: Regions, feed: Feed, wake: Wake) -> None:
        self._desk, self._regions, self._feed, self._wake = desk, regions, feed, wake

    async def stream(self, request: Request) -> Response:
        try:
            view = await run_in_threadpool(open_view, self._desk, request, Role.VIEWER)
            wanted = self._wanted(request, view)
        except OrarioError as error:
            return await run_in_threadpool(refusal, self._desk, request, None, error)
        key = cookies.session_key(request, self._desk.settings) or ""
        events = self._feed.stream(wanted, view.signed_in, key)
        return StreamingResponse(events, media_type="text/event-stream", headers=_STREAM)

    async def once(self, request: Request) -> Response:
        try:
            return JSONResponse(await run_in_threadpool(self._look_once, request))
        except OrarioError as error:
            return await run_in_threadpool(refusal, self._desk, request, None, error)

    async def outcome(self, request: Request) -> Response:
        """How an execution ended, once it has; or that it goes on, after a while."""
        try:
            view = await run_in_threadpool(open_view, self._desk, request, Role.VIEWER)
            found = await run_in_threadpool(view.services.executions.get, view.path("id"))
            ended = await finished(request, found.id, _PATIENCE)
        except OrarioError as error:
            return await run_in_threadpool(refusal, self._desk, request, None, error)
        text, tone = outcome_of(ended)
        return JSONResponse({"message": text, "tone": tone, "link": view.url(f"/executions/{ended.id}")})

    async def log(self, request: Request) -> Response:
        """What an execution logs, as it comes."""
        try:
            view = await run_in_threadpool(open_view, self._desk, request, Role.VIEWER)
            found = await run_in_threadpool(view.services.executions.get, view.path("id"))
        except OrarioError as error:
            return await run_in_threadpool(refusal, self._desk, request, None, error)
        asked = loglines.Asked.of(view.query)
        asked = asked._replace(after=resumed(request.headers.get("last-event-id"), asked.after))
        events = loglines.follow(view.services, self._wake, self._desk.environment, str(found.id), asked, view.zone)
        key = cookies.session_key(request, self._desk.settings) or ""
        still = loglines.while_allowed(events, lambda: view.services.sessions.of(key))
        return StreamingResponse(still, media_type="text/event-stream", headers=_STREAM)

    def _look_once(self, request: Request) -> list[dict[str, str]]:
        view = open_view(self._desk, request, Role.VIEWER)
        found = []
        for variant, version in self._wanted(request, view):
            shown = self._regions.look(variant, view.signed_in, self._regions.every(variant))
            if shown.version != version:
                found.append(
                    {"region": variant.name, "key": variant.key, "version": shown.version, "html": shown.html}
                )
        return found

    def _wanted(self, request: Request, view: View) -> list[tuple[Variant, str]]:
        """What a page shows: `r=name:key:version`, once for each region."""
        found = []
        for one in request.query_params.getlist("r")[:MOST_REGIONS]:
            name, _, rest = one.partition(":")
            key, _, version = rest.rpartition(":")
            variant = self._regions.variant(name, key, view.signed_in, view.zone, view.url(""))
            found.append((variant, version))
        return found
