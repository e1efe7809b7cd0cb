"""Coming in, by password or by a link that is good once; and going out."""

from starlette.responses import Response

from orario.core.errors import NotAuthenticated
from orario.dashboard import cookies
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role

pages = Pages()


@pages.get("/sign-in", role=None)
def sign_in_page(view: View) -> Response:
    """The door."""
    if view.person is not None:
        return view.redirect(safe(view.query.get("next", "")))
    return door(view, safe(view.query.get("next", "")))


@pages.post("/sign-in", role=None)
def sign_in(view: View) -> Response:
    """Open a session, under a key that nobody knew before."""
    name, onward = view.form["name"], safe(view.form["next"])
    try:
        key = view.services.sessions.sign_in(name, view.form["password"], view.visitor)
    except NotAuthenticated as error:
        status = 429 if hasattr(error, "wait") else 401
        return door(view, onward, name, error.message, status)
    return opened(view, key, onward)


@pages.get("/sign-in/once", role=None)
def once_page(view: View) -> Response:
    """Programs that look at links ahead must not use them up: a button does."""
    key = view.query.get("key", "")
    return _with_visit(
        view, view.render("once.html", key=key, is_good=view.services.sessions.is_good_link(key[:200]))
    )


@pages.post("/sign-in/once", role=None)
def once(view: View) -> Response:
    """Open a session for whom the link was made."""
    try:
        key = view.services.sessions.sign_in_by_link(view.form["key"][:200], view.visitor)
    except NotAuthenticated:
        return _with_visit(view, view.render("once.html", 401, key="", is_good=False))
    found = view.services.sessions.of(key)
    return opened(view, key, "/" if found is not None and found.user.password else "/account")


@pages.post("/sign-out", role=Role.VIEWER)
def sign_out(view: View) -> Response:
    """End this session."""
    view.services.sessions.sign_out(view.key)
    response = view.redirect("/sign-in")
    cookies.close_session(response, view.request, view.desk.settings)
    return response


def opened(view: View, key: str, onward: str) -> Response:
    """On with a fresh session; the one before, if any, ends."""
    old = cookies.session_key(view.request, view.desk.settings)
    if old is not None:
        view.services.sessions.sign_out(old)
    response = view.redirect(onward)
    cookies.open_session(response, view.request, view.desk.settings, key)
    return response


def door(view: View, onward: str, name: str = "", problem: str = "", status: int = 200) -> Response:
    """The page on which people sign in."""
    sso = view.desk.settings.sso_label if view.desk.provider is not None else ""
    return _with_visit(
        view, view.render("sign-in.html", status, next=onward, name=name[:64], problem=problem, sso=sso)
    )


def _with_visit(view: View, response: Response) -> Response:
    cookies.keep_visit(response, view.request, view.desk.settings, view.key)
    return response


def safe(path: str) -> str:
    """A path of ours to go on to; anything else is the overview."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_ours and len(path) < 2000 else "/"
