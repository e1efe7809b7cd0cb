"""What the dashboard shows: who is told what, whom it reached, and why something was not told."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from orario import App, Asked, NotFound
from orario.apps.notify import acting, looks, notices, told
from orario.apps.notify.composing import compose
from orario.apps.notify.desk import desk
from orario.apps.notify.listing import all_channels, all_rules
from orario.apps.notify.schemas import ChannelOut, RuleOut
from orario.apps.notify.tables import notices as table
from orario.apps.notify.words import Status

_SHOWN = 50
_FILTERS = {"channel": table.c.channel, "kind": table.c.kind, "job": table.c.job}


def register(app: App) -> None:
    """Three places in the navigation, the pages behind them, and a panel on the page of every job."""
    app.page("notices", title="What was told", template="notices.html", icon="bell")(listed)
    app.page("channels", title="Channels", template="channels.html", icon="mail")(channels)
    app.page("rules", title="Rules", template="rules.html", icon="filter")(rules)
    app.page("notices/one", title="Notice", template="notice.html", is_linked=False)(one)
    app.page("channels/edit", title="Channel", template="channel.html", role="admin", is_linked=False)(channel)
    app.page("rules/edit", title="Rule", template="rule.html", role="admin", is_linked=False)(rule)
    app.panel("job", title="Notices", template="told.html", every=10)(told.of_job)
    acting.register(app)


def listed(asked: Asked) -> Mapping[str, Any]:
    """The newest notices, and what goes on."""
    wanted = {name: asked.query.get(name, "")[:200] for name in (*_FILTERS, "status", "digest")}
    before = _moment(asked.query.get("before", ""))
    with asked.services.database.reading() as connection:
        found = notices.latest(connection, _conditions(wanted), _SHOWN + 1, before)
        names = [one.name for one in all_channels(connection)]
        under_way = told.under_way(connection, asked.services)
    shown = found[:_SHOWN]
    return {
        **_words(),
        "found": shown,
        "more": shown[-1].at.isoformat() if len(found) > _SHOWN else None,
        "before": before,
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        "channels": names,
        "under_way": under_way,
    }


def one(asked: Asked) -> Mapping[str, Any]:
    """A notice, its text as it was sent, and what became of it."""
    id = _uuid(asked.query.get("id", ""))
    with asked.services.database.reading() as connection:
        found = notices.get(connection, id)
        carried = notices.latest(connection, [table.c.digest_id == id], _SHOWN)
    if found is None:
        raise NotFound("There is no such notice")
    message = compose(str(found.id), found.kind, found.severity, found.facts, desk.public_url)
    return {**_words(), "one": found, "text": message.text, "carried": carried}


def channels(asked: Asked) -> Mapping[str, Any]:
    """Every channel with its health."""
    with asked.services.database.reading() as connection:
        return {**_words(), "channels": all_channels(connection)}


def rules(asked: Asked) -> Mapping[str, Any]:
    """Every rule, the nearest to jobs first."""
    with asked.services.database.reading() as connection:
        found, known = all_rules(connection), all_channels(connection)
    nearest = sorted(found, key=lambda one: (one.source != "api", one.job is None, one.app is None, one.name))
    return {**_words(), "rules": nearest, "default": [one.name for one in known if one.is_default and one.is_enabled]}


def channel(asked: Asked) -> Mapping[str, Any]:
    """The form of a channel, new or not."""
    name = asked.query.get("name", "")
    with asked.services.database.reading() as connection:
        found: ChannelOut | None = _named(all_channels(connection), name)
    calendars = [one.name for one in asked.services.schedules.calendars()]
    return {**_words(), "one": found, "calendars": calendars, "per_hour": desk.settings.per_hour}


def rule(asked: Asked) -> Mapping[str, Any]:
    """The form of a rule, new or not; a new one may be about a job."""
    name = asked.query.get("name", "")
    with asked.services.database.reading() as connection:
        found: RuleOut | None = _named(all_rules(connection), name)
        names = [one.name for one in all_channels(connection)]
    return {**_words(), "one": found, "channels": names, "job": asked.query.get("job", "")[:200]}


def _words() -> dict[str, Any]:
    return {
        "statuses": looks.STATUSES,
        "severities": looks.SEVERITIES,
        "kinds": looks.KINDS,
        "of_jobs": looks.OF_JOBS,
        "of_house": looks.OF_HOUSE,
    }


def _named(found: Any, name: str) -> Any:
    if not name:
        return None
    one = next((one for one in found if one.name == name), None)
    if one is None:
        raise NotFound(f"There is nothing of the name {name}")
    return one


def _conditions(wanted: Mapping[str, str]) -> list[ColumnElement[bool]]:
    found = [column == wanted[name] for name, column in _FILTERS.items() if wanted[name]]
    if wanted["status"] in list(Status):
        found.append(table.c.status == wanted["status"])
    if wanted["digest"]:
        found.append(table.c.digest_id == _uuid(wanted["digest"]))
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such notice") from None


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
