"""The people who may sign in and the tokens that programs carry: made, changed and taken back by administrators."""

from datetime import datetime, timedelta

from starlette.responses import Response

from orario.core.errors import Refused, invalid
from orario.dashboard.navigation import Link
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.people import TokenView

pages = Pages()

LASTING = {"30": "30 days", "90": "90 days", "365": "a year", "": "until it is revoked"}


@pages.get("/people", role=Role.ADMIN, link=Link("People and tokens", "people", 85, role=Role.ADMIN))
def people(view: View) -> Response:
    """Both lists."""
    tokens = sorted(view.services.people.tokens(), key=lambda one: (_is_over(one, view.now), one.name.lower()))
    over = {one.id for one in tokens if _is_over(one, view.now)}
    return view.render("people.html", users=view.services.users.everybody(), tokens=tokens, over=over)


@pages.get("/people/new", role=Role.ADMIN)
def ask_for_person(view: View) -> Response:
    """Who, and what may they do?"""
    return _ask_for_person(view, "", Role.VIEWER.value)


@pages.post("/people", role=Role.ADMIN)
def add_person(view: View) -> Response:
    """A new person, and the link that lets them in once."""
    name, role = view.form["name"].strip(), view.form["role"]
    try:
        user = view.services.users.create(name, _role(role), view.actor)
    except Refused as error:
        return _ask_for_person(view, name, role, error.message)
    return _show_link(view, user.name)


@pages.post("/people/{name}/link", role=Role.ADMIN)
def make_link(view: View) -> Response:
    """A link that lets somebody in once."""
    return _show_link(view, view.path("name"))


@pages.post("/people/{name}/role", role=Role.ADMIN)
def set_role(view: View) -> Response:
    """Let somebody do more, or less."""
    user = view.services.users.change(view.path("name"), view.actor, role=_role(view.form["role"]))
    return view.done(f"{user.name} is {_article(user.role)} from now on.", "/people")


@pages.post("/people/{name}/block", role=Role.ADMIN)
def block(view: View) -> Response:
    """Keep somebody out, at once; or let them in again."""
    is_blocked = view.form["blocked"] == "1"
    user = view.services.users.change(view.path("name"), view.actor, is_blocked=is_blocked)
    said = f"{user.name} is signed out everywhere and kept out." if is_blocked else f"{user.name} may sign in again."
    return view.done(said, "/people", go=True)


@pages.post("/people/{name}/sign-out", role=Role.ADMIN)
def sign_out(view: View) -> Response:
    """End all sessions of somebody."""
    user = view.services.users.get(view.path("name"))
    count = view.services.sessions.sign_out_everywhere(user.id, view.actor)
    return view.done(f"{user.name}: {count} session{'' if count == 1 else 's'} ended.", "/people", go=True)


@pages.post("/people/{name}/delete", role=Role.ADMIN)
def remove(view: View) -> Response:
    """Forget somebody."""
    view.services.users.remove(view.path("name"), view.actor)
    return view.done(f"{view.path('name')} is removed; what they did stays in the audit.", "/people", go=True)


@pages.get("/tokens/new", role=Role.ADMIN)
def ask_for_token(view: View) -> Response:
    """For what, and what may it do?"""
    return _ask_for_token(view, "", Role.OPERATOR.value, "90")


@pages.post("/tokens", role=Role.ADMIN)
def add_token(view: View) -> Response:
    """A new token, shown this once."""
    name, role, lasts = view.form["name"].strip(), view.form["role"], view.form["lasts"]
    expires = view.now + timedelta(days=int(lasts)) if lasts in LASTING and lasts else None
    try:
        row, text = view.services.people.create_token(name, _role(role), view.actor, expires)
    except Refused as error:
        return _ask_for_token(view, name, role, lasts, error.message)
    return _show(view, f"The token {row.name}", text, expires, is_token=True)


@pages.post("/tokens/{id}/revoke", role=Role.ADMIN)
def revoke(view: View) -> Response:
    """Take a token back, at once."""
    view.services.people.revoke(view.path("id"), view.actor)
    return view.done("The token is revoked; whoever still sends it is refused.", "/people", go=True)


def _ask_for_person(view: View, name: str, role: str, problem: str = "") -> Response:
    status = 422 if problem else 200
    return view.render("asking/person.html", status, name=name, chosen=role, roles=_roles(), problem=problem)


def _ask_for_token(view: View, name: str, role: str, lasts: str, problem: str = "") -> Response:
    choices = {"roles": _roles(), "lasting": LASTING.items()}
    status = 422 if problem else 200
    return view.render("asking/token.html", status, **choices, name=name, chosen=role, lasts=lasts, problem=problem)


def _show_link(view: View, name: str) -> Response:
    key, until = view.services.users.link(name, view.actor)
    base = str(view.request.base_url).rstrip("/")
    return _show(view, f"A link for {name}", f"{base}/sign-in/once?key={key}", until, is_token=False)


def _show(view: View, title: str, text: str, until: datetime | None, *, is_token: bool) -> Response:
    """What is shown once is in this answer and nowhere else."""
    response = view.render("people/once.html", title=title, text=text, until=until, is_token=is_token)
    response.headers["Cache-Control"] = "no-store"
    return response


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise invalid("role", message=f"is one of {', '.join(Role)}") from None


def _roles() -> list[tuple[str, str]]:
    may = {Role.VIEWER: "reads", Role.OPERATOR: "also runs, cancels, pauses", Role.ADMIN: "all"}
    return [(role.value, f"{role.value}: {words}") for role, words in may.items()]


def _article(role: str) -> str:
    return f"{'a' if role == Role.VIEWER else 'an'} {role}"


def _is_over(token: TokenView, now: datetime) -> bool:
    return token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now)
