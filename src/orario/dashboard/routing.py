"""How a page's function becomes a route: first who asks, then what they may, then whether the form is ours."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from orario.core.errors import Forbidden, Invalid, NotAuthenticated, OrarioError
from orario.core.zones import checked_zone
from orario.dashboard import cookies
from orario.dashboard.desk import Desk
from orario.dashboard.navigation import Link
from orario.dashboard.regions import Filler, Region
from orario.dashboard.view import Form, View
from orario.service.actors import Role
from orario.web import bodies
from orario.web.problems import STATUS

Handler = Callable[[View], Response]

log = logging.getLogger("orario.dashboard")

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Rule:
    """One route."""

    path: str
    method: str
    handler: Handler
    role: Role | None  # None: needs no sign-in
    link: Link | None


@dataclass
class Pages:
    """The pages of one module in `pages/`."""

    rules: list[Rule] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)

    def get(
        self, path: str, *, role: Role | None = Role.VIEWER, link: Link | None = None
    ) -> Callable[[Handler], Handler]:
        """A page. `{name}` in the path is `view.path("name")`."""

        def register(handler: Handler) -> Handler:
            self.rules.append(Rule(path, "GET", handler, role, link))
            return handler

        return register

    def post(self, path: str, *, role: Role | None = Role.OPERATOR) -> Callable[[Handler], Handler]:
        """Something that is done. Its form is in `view.form`, and is known to be ours."""

        def register(handler: Handler) -> Handler:
            self.rules.append(Rule(path, "POST", handler, role, None))
            return handler

        return register

    def region(
        self,
        name: str,
        template: str,
        *,
        every: float = 1.0,
        role: Role = Role.VIEWER,
        is_personal: bool = False,
    ) -> Callable[[Filler], Filler]:
        """A part of pages that lives: `{{ region("name") }}` or `{{ region("name", key) }}` puts it there.

        It is looked up at most once in `every` seconds for all who watch it, and sent to them where it has changed.
        """

        def register(filler: Filler) -> Filler:
            self.regions.append(Region(name, template, filler, every, role, is_personal))
            return filler

        return register


def routes(desk: Desk, pages: Sequence[Pages]) -> list[Route]:
    """All routes, those without places in their path first."""
    rules = sorted((rule for one in pages for rule in one.rules), key=lambda rule: "{" in rule.path)
    return [Route(rule.path, _endpoint(desk, rule), methods=[rule.method]) for rule in rules]


def _endpoint(desk: Desk, rule: Rule) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        view = None
        try:
            view = await run_in_threadpool(open_view, desk, request, rule.role)
            if rule.method == "POST":
                bodies.require_type(request, _FORM)
                view.form = Form.of(await bodies.read(request))
                cookies.require_own_form(request, view.key, view.form["csrf"])
            return await run_in_threadpool(rule.handler, view)
        except Exception as error:  # the reader is told on a page, the log has the rest
            return await run_in_threadpool(refusal, desk, request, view, error)

    return answer


def open_view(desk: Desk, request: Request, role: Role | None) -> View:
    """Who asks, checked against what the page needs."""
    shown = cookies.session_key(request, desk.settings)
    person = None if shown is None else desk.services.sessions.of(shown)
    if role is not None:
        if person is None:
            raise NotAuthenticated("Sign in first.")
        if not person.actor.role.covers(role):
            raise Forbidden(f"This needs the role {role.value}; yours is {person.actor.role.value}.")
    key = shown if person is not None and shown is not None else cookies.visit(request)
    own = None if person is None else person.user.timezone
    return View(request, desk, person, key, own or _zone(request, desk), desk.clock.now())


def _zone(request: Request, desk: Desk) -> str:
    """The browser's zone, if a script has told it."""
    told = request.cookies.get(cookies.ZONE, "")
    try:
        return checked_zone(told) if told else desk.settings.timezone
    except Invalid:
        return desk.settings.timezone


def refusal(desk: Desk, request: Request, view: View | None, error: Exception) -> Response:
    """The answer to what cannot be met: a page that helps, or a sentence for a script."""
    status, message = _told(error)
    if view is None:
        view = _stranger(desk, request)
    if view.is_script:
        places = [{"place": list(one.loc), "message": one.message} for one in getattr(error, "problems", ())]
        return JSONResponse({"message": message, "tone": "bad", "problems": places}, status)
    if status == 401 and request.method == "GET" and not view.is_dialog:
        path = request.url.path.removeprefix(view.url(""))
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(view.url(f"/sign-in?next={quote(path + query, safe='')}"), 303)
    return view.render("error.html", status, code=status, message=message)


def _stranger(desk: Desk, request: Request) -> View:
    try:
        return open_view(desk, request, None)
    except SQLAlchemyError:
        return View(request, desk, None, cookies.visit(request), desk.settings.timezone, desk.clock.now())


def _told(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    if isinstance(error, SQLAlchemyError):
        log.error("The database did not answer", exc_info=error)
        return 503, "The database does not answer; try again in a moment."
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    if status == 500 or not isinstance(error, OrarioError):
        log.error("A page failed", exc_info=error)
        return status, "Something went wrong in Orario; its log says what."
    return status, error.message
