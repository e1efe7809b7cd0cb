"""Changes channels and rules, in one transaction with its line in the audit; what cannot be is refused."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from orario import Conflict, Invalid, NotFound, Problem
from orario.apps.notify import tables
from orario.apps.notify.addresses import MASK, complaint_of_apprise, complaint_of_webhook
from orario.apps.notify.channels import of_settings, shown, stored
from orario.apps.notify.desk import Desk
from orario.apps.notify.rules import DEFAULT_RULE
from orario.apps.notify.schemas import ChannelDocument, RuleDocument
from orario.apps.notify.words import Kind
from orario.web import Actor

_NEEDS = {
    Kind.LATE_START: "startWithinSeconds",
    Kind.LATE_FINISH: "finishWithinSeconds",
    Kind.MEMORY: "memoryMb",
    Kind.CPU: "cpuPercent",
}
_OF_HOUSE = frozenset({Kind.MEMORY, Kind.CPU, Kind.INSTANCE_LOST, Kind.CLOCK_STEP})


def put_channel(desk: Desk, name: str, document: ChannelDocument, actor: Actor) -> None:
    """Write a channel, new or not."""
    if name in of_settings(desk.settings):
        raise Conflict("This channel is set in the environment; change it there, or choose another name")
    _require_calendars(desk, document.calendars)
    with desk.services.tools.changing(actor) as change:
        before = stored(change.connection, name)
        options = {**_plain(document, "url", "signingSecret"), **_secrets(desk, document, before)}
        _put(change, tables.channels, name, options, actor)
        change.record("notify.channel.put", "channel", name, before and _visible(before), _visible(options))


def _secrets(desk: Desk, document: ChannelDocument, before: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = before if before is not None and before["kind"] == document.kind else {}
    sealed = {name: kept[name] for name in ("urlSecret", "signingSecret", "shown") if kept.get(name)}
    if document.url is not None and MASK not in document.url and document.url != kept.get("shown"):
        complaint = complaint_of_webhook if document.kind == "webhook" else complaint_of_apprise
        if why := complaint(document.url):
            raise Invalid(Problem(("url",), why))
        sealed["urlSecret"] = desk.vault.seal({"urlSecret": document.url})["urlSecret"]
        sealed["shown"] = shown(document.kind, document.url)
    if document.signing_secret is not None and document.signing_secret != MASK:
        sealed["signingSecret"] = desk.vault.seal({"signingSecret": document.signing_secret})["signingSecret"]
    if "urlSecret" not in sealed:
        raise Invalid(Problem(("url",), "Field required", "missing"))
    if document.kind == "webhook" and "signingSecret" not in sealed:
        raise Invalid(Problem(("signingSecret",), "Field required", "missing"))
    return sealed


def _require_calendars(desk: Desk, names: Iterable[str]) -> None:
    known = {one.name for one in desk.services.schedules.calendars()}
    missing = [at for at, name in enumerate(names) if name not in known]
    if missing:
        raise Invalid(Problem(("calendars", missing[0]), "there is no calendar of this name; create it first"))


def delete_channel(desk: Desk, name: str, actor: Actor) -> None:
    """Forget a channel; what it holds is not sent any more."""
    if name in of_settings(desk.settings):
        raise Conflict("This channel is set in the environment; take it out there")
    with desk.services.tools.changing(actor) as change:
        before = stored(change.connection, name)
        if before is None:
            raise NotFound("There is no such channel")
        users = [rule for rule, options in _rules(change.connection) if name in (options.get("channels") or ())]
        if users:
            raise Conflict(f"The rule {users[0]} names this channel; take it out there first")
        change.connection.execute(delete(tables.channels).where(tables.channels.c.name == name))
        change.record("notify.channel.delete", "channel", name, before=_visible(before))


def put_rule(desk: Desk, name: str, document: RuleDocument, actor: Actor) -> None:
    """Write a rule, new or not."""
    if name == DEFAULT_RULE:
        raise Conflict("This rule is built in; a rule of your own for all jobs takes its place")
    _check_rule(document)
    if document.job is not None:
        _require_job(desk, document.job)
    with desk.services.tools.changing(actor) as change:
        known = {*of_settings(desk.settings), *change.connection.scalars(select(tables.channels.c.name))}
        missing = [at for at, channel in enumerate(document.channels or ()) if channel not in known]
        if missing:
            raise Invalid(Problem(("channels", missing[0]), "there is no channel of this name; create it first"))
        before = dict(_rules(change.connection)).get(name)
        options = _plain(document)
        _put(change, tables.rules, name, options, actor)
        change.record("notify.rule.put", "rule", name, before, options)


def _check_rule(document: RuleDocument) -> None:
    problems = [
        Problem((needed,), f"is needed by {kind.value}", "missing")
        for kind, needed in _NEEDS.items()
        if kind in document.on and document.model_dump(by_alias=True)[needed] is None
    ]
    if document.of is not None and document.of < document.failures:
        problems.append(Problem(("of",), "is less than failures, so that nothing would ever be told"))
    if document.job is not None and document.app is not None:
        problems.append(Problem(("app",), "a rule is about one job or about one app, not both"))
    if document.job is not None or document.app is not None:
        foreign = [at for at, kind in enumerate(document.on) if kind in _OF_HOUSE]
        problems += [Problem(("on", at), "is about no job; give it a rule without job and app") for at in foreign]
    if problems:
        raise Invalid(*problems)


def _require_job(desk: Desk, slug: str) -> None:
    try:
        job = desk.services.jobs.get(slug).job
    except NotFound:
        raise Invalid(Problem(("job",), "there is no such job")) from None
    if job.slug != slug:
        raise Invalid(Problem(("job",), "give the job's slug"))


def delete_rule(desk: Desk, name: str, actor: Actor) -> None:
    """Forget a rule."""
    if name == DEFAULT_RULE:
        raise Conflict("This rule is built in; ORARIO_NOTIFY_DEFAULT_RULE=false takes it away")
    with desk.services.tools.changing(actor) as change:
        before = dict(_rules(change.connection)).get(name)
        if before is None:
            raise NotFound("There is no such rule")
        change.connection.execute(delete(tables.rules).where(tables.rules.c.name == name))
        change.record("notify.rule.delete", "rule", name, before=before)


def _put(change: Any, table: Table, name: str, options: Mapping[str, Any], actor: Actor) -> None:
    change.connection.execute(delete(table).where(table.c.name == name))
    values = {"name": name, "options": dict(options), "updated_at": change.now, "updated_by": actor.signature}
    change.connection.execute(insert(table).values(**values))


def _rules(connection: Connection) -> list[tuple[str, Mapping[str, Any]]]:
    query = select(tables.rules.c.name, tables.rules.c.options).order_by(tables.rules.c.name)
    return [(name, options) for name, options in connection.execute(query)]


def _plain(document: ChannelDocument | RuleDocument, *without: str) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(document.model_dump_json(by_alias=True))
    return {name: value for name, value in whole.items() if name not in without}


def _visible(options: Mapping[str, Any]) -> dict[str, Any]:
    """A channel for the audit: without its secrets."""
    kept = {name: value for name, value in options.items() if name not in ("urlSecret", "signingSecret", "shown")}
    return {**kept, "url": options.get("shown", MASK)}
