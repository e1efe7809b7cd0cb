"""What an app adds to the dashboard: pages of its own, panels on pages of the house, actions that they offer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from orario.core.errors import Misconfigured

PLACES = ("overview", "job", "execution")
ROLES = ("viewer", "operator", "admin")

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a page, a panel or an action of an app is given."""

    services: Any
    actor: Any  # who asks: name and role, as the services want it
    zone: str  # in which they read times
    now: datetime
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    subject: Any = None  # on the page of a job its JobView, of an execution the Execution


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page at `/apps/<app>/<path>`; its function gives what its template shows."""

    path: str
    title: str
    template: str
    icon: str
    role: str
    view: Callable[[Asked], Mapping[str, Any]]
    is_linked: bool = True  # false: other pages lead there, the navigation does not


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of the overview, or of the page of a job or an execution. A function that gives None shows nothing."""

    place: str
    title: str
    template: str
    every: float
    view: Callable[[Asked], Mapping[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that a form on a page does; the sentence that its function gives is shown on the page after it."""

    path: str
    role: str
    act: Callable[[Asked], str]


@dataclass
class Showing:
    """The part of an App that the dashboard reads."""

    pages: list[Page] = field(default_factory=list, init=False)
    panels: list[Panel] = field(default_factory=list, init=False)
    actions: list[Action] = field(default_factory=list, init=False)

    def page(
        self,
        path: str,
        *,
        title: str,
        template: str,
        icon: str = "app",
        role: str = "viewer",
        is_linked: bool = True,
    ) -> Callable[[Function], Function]:
        """Add a page to the dashboard. `template` lies in the app's `templates` and extends "page.html".

        With `is_linked=False` the navigation does not show it: pages about one of many, whose id is in the query.
        """
        _require_role(role)

        def register(function: Function) -> Function:
            given = {"path": path.strip("/"), "title": title, "template": template, "icon": icon, "role": role}
            self.pages.append(Page(**given, view=function, is_linked=is_linked))
            return function

        return register

    def panel(self, place: str, *, title: str, template: str, every: float = 5.0) -> Callable[[Function], Function]:
        """Add a panel to the overview ("overview"), or to every job's or execution's page ("job", "execution").

        It is looked up anew every so many seconds while somebody watches.
        """
        if place not in PLACES:
            raise Misconfigured(f"a panel stands at one of {', '.join(PLACES)}, not at {place!r}")

        def register(function: Function) -> Function:
            self.panels.append(Panel(place=place, title=title, template=template, every=every, view=function))
            return function

        return register

    def action(self, path: str, *, role: str = "operator") -> Callable[[Function], Function]:
        """Add something that a form does, sent by POST to `/apps/<app>/<path>`; see `ui.form` in the templates."""
        _require_role(role)

        def register(function: Function) -> Function:
            self.actions.append(Action(path=path.strip("/"), role=role, act=function))
            return function

        return register


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise Misconfigured(f"a role is one of {', '.join(ROLES)}, not {role!r}")
