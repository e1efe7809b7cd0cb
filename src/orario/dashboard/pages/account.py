"""One's own account: password, zone, looks, and where one is signed in."""

from collections.abc import Mapping

from starlette.responses import Response

from orario.core.errors import Invalid
from orario.core.zones import zone_names
from orario.dashboard import cookies
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role

pages = Pages()

_YEAR = 365 * 86_400


@pages.get("/account")
def account(view: View) -> Response:
    """One's own account."""
    return _page(view)


@pages.post("/account/password", role=Role.VIEWER)
def set_password(view: View) -> Response:
    """Set or change one's own password; other browsers are signed out."""
    person = view.signed_in
    try:
        view.services.users.set_own_password(
            person.user.id, view.form["old"], view.form["new"], keep=person.session.id
        )
    except Invalid as error:
        return _page(view, {str(one.loc[0]): f"It {one.message}" for one in error.problems if one.loc}, 422)
    return view.done("The password is set. Other browsers are signed out.", "/account")


@pages.post("/account/looks", role=Role.VIEWER)
def set_looks(view: View) -> Response:
    """Choose the zone of times and the colours."""
    try:
        view.services.users.set_timezone(view.signed_in.user.id, view.form["timezone"].strip() or None)
    except Invalid as error:
        return _page(view, {"timezone": error.problems[0].message}, 422)
    response = view.done("Saved.", "/account")
    theme = view.form["theme"]
    if theme in {"light", "dark", "auto"}:
        response.set_cookie(cookies.THEME, theme, max_age=_YEAR, path=view.url("/"), samesite="lax")
    return response


@pages.post("/account/sign-out", role=Role.VIEWER)
def sign_out_elsewhere(view: View) -> Response:
    """End all sessions but this."""
    person = view.signed_in
    count = view.services.sessions.sign_out_everywhere(person.user.id, view.actor, but=person.session.id)
    return view.done(f"{count} other session{'' if count == 1 else 's'} ended.", "/account")


def _page(view: View, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    user = view.signed_in.user
    return view.render(
        "account.html",
        status,
        problems=problems or {},
        has_password=user.password is not None,
        zones=sorted(zone_names()),
        sessions=view.services.sessions.of_user(user.id),
    )
