"""Pages, panels and actions of apps, made into what the dashboard's own are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from orario.app import App
from orario.app.pages import PLACES, Action, Asked, Page, Panel
from orario.core.errors import NotFound, Refused
from orario.dashboard.navigation import Link
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role

_ORDER = 500
_TOGETHER = "Apps"  # those with a single page: a name above each of them would only say it twice


def pages_of(app: App) -> Pages:
    """An app's pages under `/apps/<app>`, its panels as regions `<app>.<number>`."""
    found = Pages()
    linked = sum(page.is_linked for page in app.pages)
    group = (app.display_name or app.name) if linked > 1 else _TOGETHER
    for at, page in enumerate(app.pages):
        _add_page(found, app, page, at, group)
    for action in app.actions:
        _add_action(found, app, action)
    for at, panel in enumerate(app.panels):
        _add_panel(found, app, panel, at)
    return found


def panels_of(apps: Sequence[App]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By place, (region, title) of each panel."""
    return {
        place: [
            (_region(app, at), panel.title)
            for app in apps
            for at, panel in enumerate(app.panels)
            if panel.place == place
        ]
        for place in PLACES
    }


def _add_page(found: Pages, app: App, page: Page, at: int, group: str) -> None:
    role = Role(page.role)
    link = Link(page.title, page.icon, _ORDER + at, role=role, group=group)

    @found.get(_path(app, page.path), role=role, link=link if page.is_linked else None)
    def show(view: View) -> Response:
        given = page.view(_asked(view))
        return view.render(f"{app.name}/{page.template}", title=page.title, app=app, **given)


def _add_action(found: Pages, app: App, action: Action) -> None:
    @found.post(_path(app, action.path), role=Role(action.role))
    def act(view: View) -> Response:
        back = view.form["back"]
        has_back = back.startswith(f"/apps/{app.name}")
        to = back if has_back else _path(app, "")
        try:
            said, tone = action.act(_asked(view)), "good"
        except Refused as error:  # said where it was asked for; what is not there has a page that says so
            if view.is_script or not has_back or isinstance(error, NotFound):
                raise
            said, tone = error.message, "bad"
        return view.done(said, to, tone, **({"go": True} if view.form["go"] else {}))


def _add_panel(found: Pages, app: App, panel: Panel, at: int) -> None:
    @found.region(_region(app, at), "panel.html", every=panel.every)
    def fill(scene: Scene) -> Mapping[str, Any]:
        asked = Asked(
            services=scene.services,
            actor=scene.person.actor,
            zone=scene.zone,
            now=scene.now,
            subject=_subject(panel.place, scene),
        )
        given = panel.view(asked)
        inner = f"{app.name}/{panel.template}"
        return {"panel": panel, "inner": inner, "is_shown": given is not None, **(given or {})}


def _subject(place: str, scene: Scene) -> Any:
    if place == "job":
        return scene.once(("job", scene.key), lambda: scene.services.jobs.get(scene.key))
    return scene.services.executions.get(scene.key) if place == "execution" else None


def _asked(view: View) -> Asked:
    return Asked(
        services=view.services, actor=view.actor, zone=view.zone, now=view.now, query=view.query, form=view.form
    )


def _path(app: App, path: str) -> str:
    return f"/apps/{app.name}/{path}".rstrip("/")


def _region(app: App, at: int) -> str:
    return f"{app.name}.{at}"
