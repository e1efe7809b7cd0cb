"""The instances: who leads, who stands by, whether jobs fire."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from orario.dashboard.navigation import Link
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View

pages = Pages()


@pages.get("/instances", link=Link("Instances", "instances", 60))
def instances(view: View) -> Response:
    """The page."""
    return view.render("instances.html")


@pages.region("instances.all", "instances/all.html", every=2.0)
def fill(scene: Scene) -> Mapping[str, Any]:
    """How they stand."""
    cluster = scene.services.cluster
    return {"status": cluster.status(), "ready": cluster.ready()}
