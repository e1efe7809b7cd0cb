"""Says for the dashboard what is wrong at present, who hears of it, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from orario import Asked, NotFound
from orario.apps.notify import looks, notices, tables, troubles
from orario.apps.notify.channels import rulebook
from orario.apps.notify.decisions import Trouble
from orario.apps.notify.desk import desk
from orario.apps.notify.rules import Rule, Rulebook
from orario.apps.notify.words import Kind

_LATELY = timedelta(days=30)
_SHOWN = 5
_UNDER_WAY = 20


@dataclass(frozen=True)
class Speaks:
    """A rule that decides for a job: of what it tells, and whom."""

    rule: Rule
    kinds: Sequence[Kind]
    channels: Sequence[str]


@dataclass(frozen=True)
class UnderWay:
    """Something that goes on, and whether anybody was told."""

    slug: str
    name: str
    kind: Kind
    count: int
    since: datetime
    was_told: bool
    why: str


def of_job(asked: Asked) -> Mapping[str, Any] | None:
    """Which rules speak for a job, what goes on there, and its last notices."""
    job = asked.subject.job
    with asked.services.database.reading() as connection:
        book = rulebook(connection, desk.settings)
        lately = [tables.notices.c.job == job.slug, tables.notices.c.at > asked.now - _LATELY]
        last = notices.latest(connection, lately, _SHOWN)
        going_on = troubles.of(connection, [job.id])
    return {
        "speaking": speaking(book, job.slug, job.app),
        "silent": book.is_silent,
        "slug": job.slug,
        "last": last,
        "under_way": [_under_way(job, kind, name, one, book) for (_, kind, name), one in going_on.items()],
        "statuses": looks.STATUSES,
        "severities": looks.SEVERITIES,
        "kinds": looks.KINDS,
    }


def speaking(book: Rulebook, slug: str, app: str | None) -> list[Speaks]:
    """Each rule that decides about something of this job; kinds on which none speaks are told to nobody."""
    found: dict[str, tuple[Rule, list[Kind]]] = {}
    for kind in looks.OF_JOBS:
        for rule in book.nearest(_heard_by(kind), slug, app):
            found.setdefault(rule.name, (rule, []))[1].append(kind)
    return [Speaks(rule, kinds, [one.name for one in book.told_by(rule)]) for rule, kinds in found.values()]


def _heard_by(kind: Kind) -> tuple[Kind, ...]:
    """A rule on failures hears of time-outs, too."""
    return (Kind.TIMEOUT, Kind.FAILURE) if kind is Kind.TIMEOUT else (kind,)


def under_way(connection: Connection, services: Any) -> list[UnderWay]:
    """What is wrong with jobs at present, the longest first."""
    book, table = rulebook(connection, desk.settings), tables.troubles
    found = []
    for row in connection.execute(select(table).order_by(table.c.since).limit(_UNDER_WAY)):
        try:
            job = services.jobs.get(str(row.subject)).job
        except NotFound:
            continue
        one = Trouble(row._mapping["count"], row.since, row.told_at, tuple(row.channels))
        found.append(_under_way(job, Kind(row.kind), row.rule, one, book))
    return found


def _under_way(job: Any, kind: Kind, rule_name: str, one: Trouble, book: Rulebook) -> UnderWay:
    rules = [*book.rules, *([book.usual] if book.usual else [])]
    rule = next((rule for rule in rules if rule.name == rule_name), None)
    was_told = one.told_at is not None
    return UnderWay(job.slug, job.name, kind, one.count, one.since, was_told, _why(one, rule, book))


def _why(one: Trouble, rule: Rule | None, book: Rulebook) -> str:
    """Why somebody was told, or why nobody was yet."""
    if one.told_at is not None:
        whom = ", ".join(one.channels) or "nobody: the rule names no channel that is on"
        again = f"; again after {rule.again_every} more" if rule and rule.again_every else ""
        return f"told to {whom}{again}"
    if rule is None:
        return "nobody is told: its rule is gone"
    if not book.told_by(rule):
        return f"nobody is told: the rule {rule.name} has no channel that is on"
    if rule.of is not None:
        return f"not told yet: the rule {rule.name} waits until {rule.failures} of the last {rule.of} runs failed"
    return f"not told yet: {one.count} of {rule.failures} in a row that the rule {rule.name} waits for"
