"""Named secrets: what they are for and who uses them. Their values go in, and never come out."""

from starlette.responses import Response

from orario.core.errors import Conflict, Invalid
from orario.dashboard.navigation import Link
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.secrets import SecretDocument

pages = Pages()

_MOST = 500


@pages.get("/secrets", role=Role.ADMIN, link=Link("Secrets", "key", 80))
def secrets(view: View) -> Response:
    """The list."""
    return view.render("secrets.html", found=view.services.secrets.find(1, _MOST))


@pages.get("/secrets/new", role=Role.ADMIN)
def ask_for_one(view: View) -> Response:
    """A new one, or another value for one that is there?"""
    name = view.query.get("name", "")[:100]
    row = view.services.secrets.get(name).row if name else None
    note = "" if row is None else row.description or ""
    return view.render("asking/secret.html", name=name, is_new=row is None, note=note, problem="")


@pages.post("/secrets", role=Role.ADMIN)
def put(view: View) -> Response:
    """Set one."""
    name, value, note = view.form["name"].strip(), view.form["value"], view.form["note"].strip()
    sent = {"description": note or None} | ({"value": value} if value else {})
    try:
        view.services.secrets.put(name, SecretDocument.model_validate(sent), view.actor)
    except (Invalid, ValueError) as error:
        if view.is_script and isinstance(error, Invalid):
            raise
        problem = error.message if isinstance(error, Invalid) else "The value cannot be used."
        given = {"name": name, "is_new": True, "note": note, "problem": problem}
        return view.render("asking/secret.html", 422, **given)
    return view.done(f"The secret {name} is set; the next attempt gets it.", "/secrets", go=True)


@pages.post("/secrets/{name}/delete", role=Role.ADMIN)
def delete(view: View) -> Response:
    """Forget one that nobody uses."""
    name = view.path("name")
    try:
        view.services.secrets.delete(name, view.actor)
    except Conflict as error:
        return view.done(error.message, "/secrets", "bad", go=True)
    return view.done(f"The secret {name} is forgotten.", "/secrets", go=True)
