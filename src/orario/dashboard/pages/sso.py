"""Coming in by somebody else's word: away to the OpenID provider, and back."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from orario.core.errors import NotAuthenticated, NotFound
from orario.dashboard import cookies
from orario.dashboard.pages.signin import door, opened, safe
from orario.dashboard.routing import Pages
from orario.dashboard.view import View

pages = Pages()

_COOKIE = "orario_sso"
_LASTS = 600  # seconds


@pages.get("/sign-in/sso", role=None)
def away(view: View) -> Response:
    """To the provider."""
    provider = _provider(view)
    ticket = view.desk.sso.Ticket.new(safe(view.query.get("next", "")))
    try:
        response = RedirectResponse(provider.address(ticket, _back(view)), 303)
    except NotAuthenticated as error:
        return door(view, "/", "", error.message, 503)
    response.set_cookie(
        _COOKIE,
        cookies.packed(ticket.written()),
        max_age=_LASTS,
        path=view.url("/sign-in/sso"),
        secure=cookies.is_secure(view.request, view.desk.settings),
        httponly=True,
        samesite="lax",
    )
    return response


@pages.get("/sign-in/sso/back", role=None)
def back(view: View) -> Response:
    """And back: a session for whom it vouches for."""
    provider, settings = _provider(view), view.desk.settings
    ticket = view.desk.sso.Ticket.read(cookies.unpacked(view.request.cookies.get(_COOKIE, "")))
    try:
        if ticket is None:
            raise NotAuthenticated("The sign-in is too old. Try again.")
        found = provider.vouched(ticket, _back(view), view.query)
        key = view.services.sessions.sign_in_by_subject(
            found.subject, found.email, settings.sso_new_users, view.visitor
        )
    except NotAuthenticated as error:
        return door(view, "/", "", error.message, 401)
    response = opened(view, key, safe(ticket.onward))
    response.delete_cookie(_COOKIE, path=view.url("/sign-in/sso"))
    return response


def _provider(view: View) -> Any:
    if view.desk.provider is None:
        raise NotFound("There is nothing at this path")
    return view.desk.provider


def _back(view: View) -> str:
    """The address that the provider sends the browser back to; it must be registered there."""
    public = view.desk.settings.public_url.rstrip("/")
    here = public or f"{view.request.url.scheme}://{view.request.url.netloc}{view.url('')}"
    return f"{here}/sign-in/sso/back"
