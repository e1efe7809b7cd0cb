"""What all pages share: templates, files, navigation, the live feed's regions, the services."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from jinja2 import Environment

from orario.app import App
from orario.core.clock import Clock
from orario.dashboard.assets import Assets
from orario.dashboard.navigation import Link
from orario.service.actors import Role
from orario.service.services import Services
from orario.service.sessions import SignedIn
from orario.settings import Settings


@dataclass
class Desk:
    """One for each server."""

    services: Services
    settings: Settings
    clock: Clock
    version: str
    assets: Assets
    environment: Environment
    apps: Sequence[App] = ()
    sso: Any = None  # the module of sign-in by a provider, where one is set
    provider: Any = None
    links: list[Link] = field(default_factory=list)
    panels: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)  # by place: (region, title)
    form_marker: str = field(default_factory=lambda: token_hex(16))  # stands in regions for a form's token
    put_region: Callable[[str, str, SignedIn, str, str, dict[Hashable, Any]], str] = field(init=False)

    def given(self, person: SignedIn | None, zone: str, now: datetime, root: str) -> dict[str, Any]:
        """What every template may use, of a page or of a part that lives."""
        role = Role.VIEWER if person is None else person.actor.role
        return {
            "person": person,
            "zone": zone,
            "now": now,
            "root": root,
            "icons": self.assets.path("icons.svg"),
            "links": [] if person is None else [one for one in self.links if role.covers(one.role)],
            "version": self.version,
            "role": role,
            "panels": self.panels,
            "csrf": self.form_marker,
        }
