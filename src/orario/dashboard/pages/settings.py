"""What this server was started with; to be read, not changed, and without its secrets."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import SecretStr
from pydantic_settings import BaseSettings
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from starlette.responses import Response

from orario.core.secrecy import MASK, is_secret_name
from orario.dashboard.navigation import Link
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role

pages = Pages()


class Line(NamedTuple):
    """One setting."""

    name: str
    value: str
    is_default: bool
    description: str


@pages.get("/settings", role=Role.ADMIN, link=Link("Settings", "settings", 95))
def settings(view: View) -> Response:
    """Orario's own, then those of each app."""
    groups = [("Orario", list(lines(view.desk.settings)))]
    for app in view.desk.apps:
        if isinstance(app.config, BaseSettings):
            groups.append((app.display_name or app.name, list(lines(app.config))))
    return view.render("settings.html", groups=groups)


def lines(found: BaseSettings) -> Iterator[Line]:
    """Each setting by the name of its variable."""
    prefix = str(found.model_config.get("env_prefix", ""))
    for name, field in type(found).model_fields.items():
        value = getattr(found, name)
        variable = str(field.validation_alias or f"{prefix}{name}").upper()
        yield Line(
            variable,
            shown(name, value),
            value == field.get_default(call_default_factory=True),
            field.description or "",
        )


def shown(name: str, value: Any) -> str:
    """A setting's value as text; passwords inside URLs are masked too."""
    if value is None or value == "":
        return ""
    if isinstance(value, SecretStr) or is_secret_name(name) or name.split("_")[-1] == "key":
        return MASK
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(one) for one in value)
    text = str(value)
    if "://" in text:
        try:
            return make_url(text).render_as_string(hide_password=True)
        except (ArgumentError, ValueError):
            return MASK
    return text
