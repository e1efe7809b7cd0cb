"""The queues: what waits, what runs, how wide each is, and who carries it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from orario.core.errors import NotFound, invalid
from orario.dashboard.navigation import Link
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.cluster import QueueView
from orario.service.services import Services

pages = Pages()


@pages.get("/queues", link=Link("Queues", "queues", 50))
def queues(view: View) -> Response:
    """The list."""
    return view.render("queues.html")


@pages.region("queues.list", "queues/list.html")
def fill(scene: Scene) -> Mapping[str, Any]:
    """Each queue with what is in it."""
    return {"queues": scene.services.cluster.queues()}


@pages.get("/queues/{name}/change", role=Role.ADMIN)
def ask_to_change(view: View) -> Response:
    """How wide, and carried by whom?"""
    has_celery = view.services.tools.settings.celery_broker_url is not None
    return view.render("asking/queue.html", one=_require(view.services, view.path("name")), has_celery=has_celery)


@pages.post("/queues/{name}/change", role=Role.ADMIN)
def change(view: View) -> Response:
    """Set its width, and who carries it."""
    one = _require(view.services, view.path("name"))
    width = view.form["width"].strip()
    if not (width.isascii() and width.isdigit() and len(width) < 9):
        raise invalid("width", message="is a whole number")
    view.services.cluster.set_queue(one.name, view.actor, width=int(width), executor=view.form["executor"] or None)
    return view.done(f"The queue {one.name} was changed.", "/queues", go=True)


@pages.post("/queues/{name}/pause")
def pause(view: View) -> Response:
    """Hold it: nothing more of it starts."""
    one = _require(view.services, view.path("name"))
    view.services.cluster.set_queue(one.name, view.actor, is_paused=True)
    return view.done(f"The queue {one.name} is held: nothing more of it starts.", "/queues", go=True)


@pages.post("/queues/{name}/resume")
def resume(view: View) -> Response:
    """Let it go on."""
    one = _require(view.services, view.path("name"))
    view.services.cluster.set_queue(one.name, view.actor, is_paused=False)
    return view.done(f"The queue {one.name} goes on.", "/queues", go=True)


def _require(services: Services, name: str) -> QueueView:
    found = next((one for one in services.cluster.queues() if one.name == name), None)
    if found is None:
        raise NotFound("There is no such queue")
    return found
