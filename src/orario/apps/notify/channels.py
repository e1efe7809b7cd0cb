"""Finds the channels: those of the settings and those that people made, with their addresses sealed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, select

from orario.apps.notify import tables
from orario.apps.notify.addresses import MASK, shown_apprise, shown_webhook
from orario.apps.notify.forms import channel_of, rule_of
from orario.apps.notify.rules import USUAL, Channel, Rulebook
from orario.apps.notify.settings import NotifySettings


class Opener(Protocol):
    """Whoever can open what is sealed: the vault."""

    def open(self, tree: Any) -> Any: ...

    def seal(self, tree: Any) -> Any: ...


@dataclass(frozen=True)
class Secrets:
    """What is needed to send: never shown, never logged, never in an execution."""

    url: str
    signing: str | None = None

    def __repr__(self) -> str:
        return "Secrets(...)"


@dataclass(frozen=True)
class Reachable:
    """A channel with the means to reach it."""

    channel: Channel
    secrets: Secrets


def rulebook(connection: Connection, settings: NotifySettings) -> Rulebook:
    """All channels and rules as they are; nothing sealed is opened."""
    found = {
        name: channel_of(name, options, shown, per, source)
        for name, options, shown, per, source in _all(connection, settings)
    }
    rules = [
        rule_of(name, options)
        for name, options in connection.execute(select(tables.rules.c.name, tables.rules.c.options))
    ]
    return Rulebook(found, rules, USUAL if settings.default_rule else None)


def stored(connection: Connection, name: str) -> Mapping[str, Any] | None:
    """A channel's row, secrets sealed."""
    query = select(tables.channels.c.options).where(tables.channels.c.name == name)
    options: Mapping[str, Any] | None = connection.scalar(query)
    return options


def reach(connection: Connection, name: str, settings: NotifySettings, vault: Opener) -> Reachable | None:
    """A channel ready for sending. Raises Misconfigured when its address was sealed with another key."""
    for own, options in of_settings(settings).items():
        if own == name:
            return _reachable(name, options, settings, "settings")
    found = stored(connection, name)
    return None if found is None else _reachable(name, vault.open(found), settings, "api")


def reach_all(connection: Connection, settings: NotifySettings, vault: Opener) -> list[Reachable]:
    """Every enabled channel, ready for sending."""
    names = [*of_settings(settings), *connection.scalars(select(tables.channels.c.name))]
    found = (reach(connection, name, settings, vault) for name in names)
    return [one for one in found if one is not None and one.channel.is_enabled]


def of_settings(settings: NotifySettings) -> dict[str, dict[str, Any]]:
    """The channels that the environment names, in plain."""
    many = len(settings.urls) > 1
    found: dict[str, dict[str, Any]] = {
        f"default-{at}" if many else "default": {"kind": "apprise", "urlSecret": url.get_secret_value()}
        for at, url in enumerate(settings.urls, 1)
    }
    if settings.webhook_url is not None and settings.webhook_secret is not None:
        found["webhook"] = {
            "kind": "webhook",
            "urlSecret": settings.webhook_url.get_secret_value(),
            "signingSecret": settings.webhook_secret.get_secret_value(),
        }
    return found


def shown(kind: str, url: str) -> str:
    """An address as it may be seen."""
    return shown_webhook(url) if kind == "webhook" else shown_apprise(url)


def _reachable(name: str, options: Mapping[str, Any], settings: NotifySettings, source: str) -> Reachable:
    address = shown(options["kind"], options["urlSecret"])
    channel = channel_of(name, options, address, settings.per_hour, source)
    return Reachable(channel, Secrets(options["urlSecret"], options.get("signingSecret")))


def _all(connection: Connection, settings: NotifySettings) -> Iterator[tuple[str, Mapping[str, Any], str, int, str]]:
    # Those of the settings come last: their names are theirs, whatever people called a channel before.
    query = select(tables.channels.c.name, tables.channels.c.options).order_by(tables.channels.c.name)
    for name, options in connection.execute(query):
        yield name, options, options.get("shown", MASK), settings.per_hour, "api"
    for name, options in of_settings(settings).items():
        yield name, options, _shown_of_settings(options["kind"], options["urlSecret"]), settings.per_hour, "settings"


def _shown_of_settings(kind: str, url: str) -> str:
    if (kind, url) not in _SHOWN:
        _SHOWN[kind, url] = shown(kind, url)
    return _SHOWN[kind, url]


_SHOWN: dict[tuple[str, str], str] = {}  # Apprise takes a while to find out, and this is asked in transactions
