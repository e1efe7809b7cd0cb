"""What the forms of the dashboard do: make, change, test and delete channels and rules."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from orario import App, Asked, Conflict, Invalid, Problem
from orario.apps.notify.desk import desk
from orario.apps.notify.managing import delete_channel, delete_rule, put_channel, put_rule
from orario.apps.notify.schemas import ChannelDocument, Named, RuleDocument
from orario.apps.notify.testing import send_test

Document = TypeVar("Document", bound=BaseModel)

_LABELS = {"on": "Tells of"}  # problems stand beside the field of their name; there is none of this


def register(app: App) -> None:
    """Administrators write; testing is theirs, too, for it sends something."""
    app.action("channels/edit", role="admin")(save_channel)
    app.action("channels/delete", role="admin")(remove_channel)
    app.action("channels/test", role="admin")(test_channel)
    app.action("rules/edit", role="admin")(save_rule)
    app.action("rules/delete", role="admin")(remove_rule)


def save_channel(asked: Asked) -> str:
    """Make or change a channel; an address that is left empty stays."""
    form = asked.form
    options = _filled(
        form, {"kind": str, "url": str, "signingSecret": str, "timezone": str, "digestPasses": str, "perHour": int}
    )
    options |= {"isDefault": "isDefault" in form, "isEnabled": "isEnabled" in form, "quiet": _quiet(form)}
    options |= {"calendars": _ticked(form, "calendar.")}
    if minutes := _number(form, "digestMinutes"):
        options["digestSeconds"] = minutes * 60
    name = _name(form)
    put_channel(desk, name, _document(ChannelDocument, options), asked.actor)
    return f"The channel {name} is saved. Test it, to be sure."


def remove_channel(asked: Asked) -> str:
    """Delete a channel."""
    delete_channel(desk, asked.form["name"], asked.actor)
    return f"The channel {asked.form['name']} is deleted."


def test_channel(asked: Asked) -> str:
    """Send a test now, and say how it went."""
    name = asked.form["name"]
    done = send_test(desk, name)
    if done.error is not None:
        raise Conflict(f"{name} did not take the test: {done.error}")
    return f"{name} took the test in {done.seconds:.1f} s."


def save_rule(asked: Asked) -> str:
    """Make or change a rule."""
    form = asked.form
    numbers: dict[str, Any] = {"failures": int, "of": int, "againEvery": int, "memoryMb": float, "cpuPercent": float}
    options = _filled(form, {"job": str, "app": str, "severity": str, **numbers})
    options |= {"on": _ticked(form, "on."), "isEnabled": "isEnabled" in form, "quiet": _quiet(form)}
    for name in ("startWithin", "finishWithin"):
        if minutes := _number(form, f"{name}Minutes"):
            options[f"{name}Seconds"] = minutes * 60
    if form["whom"] != "default":
        options["channels"] = _ticked(form, "channel.") if form["whom"] == "these" else []
    name = _name(form)
    put_rule(desk, name, _document(RuleDocument, options), asked.actor)
    return f"The rule {name} is saved."


def remove_rule(asked: Asked) -> str:
    """Delete a rule."""
    delete_rule(desk, asked.form["name"], asked.actor)
    return f"The rule {asked.form['name']} is deleted."


def _name(form: Mapping[str, str]) -> str:
    return _document(Named, {"name": form["name"].strip()}).name


def _ticked(form: Mapping[str, str], prefix: str) -> list[str]:
    return [name.removeprefix(prefix) for name in form if name.startswith(prefix)]


def _quiet(form: Mapping[str, str]) -> dict[str, str] | None:
    if not form["quietStart"] and not form["quietEnd"]:
        return None
    hours = {"start": form["quietStart"], "end": form["quietEnd"], "passes": form["quietPasses"] or "critical"}
    return {**hours, "timezone": form["quietZone"].strip() or "UTC"}


def _filled(form: Mapping[str, str], kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something."""
    found: dict[str, Any] = {}
    for name, kind in kinds.items():
        if text := form[name].strip():
            found[name] = text if kind is str else _number(form, name, kind)
    return found


def _number(form: Mapping[str, str], name: str, kind: Any = float) -> Any:
    text = form[name].strip()
    try:
        return kind(text) if text else None
    except ValueError:
        raise Invalid(Problem((_LABELS.get(name, name),), "is not a number")) from None


def _document(kind: type[Document], options: Mapping[str, Any]) -> Document:
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        raise Invalid(
            *(Problem(_place(one["loc"]), one["msg"].removeprefix("Value error, ")) for one in error.errors())
        ) from None


def _place(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return tuple(_LABELS.get(str(part), part) for part in loc)
