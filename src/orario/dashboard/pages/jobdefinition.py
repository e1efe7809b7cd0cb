"""What a job is made of, how that differs from its app's code, and who changed it."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.responses import Response

from orario.core.job import Job
from orario.core.policy import Misfire
from orario.core.schedule import Cron
from orario.dashboard.jobfields import BACKOFFS, DSTS, FIELDS, GROUPS, MISFIRES, OVERLAPS, shown
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.forms import shown_form
from orario.service.people import AuditRow

pages = Pages()

_PER_PAGE = 30
_PLAIN = {
    "timeoutSeconds": "none: as long as it takes",
    "keepDays": "as the server's setting says",
    "keepCount": "as the server's setting says",
    "startWithinSeconds": "it waits for ever",
    "pauseAfterFailures": "never",
}
_WORDS: Mapping[str, Mapping[Any, str]] = {
    "overlap": OVERLAPS,
    "misfire": MISFIRES,
    "retryBackoff": BACKOFFS,
    "dstPolicy": DSTS,
}
_ACTIONS = {
    "job.create": ("made it", "plus"),
    "job.change": ("changed it", "edit"),
    "job.reset": ("reset it to its app's code", "history"),
    "job.enable": ("enabled it", "check"),
    "job.disable": ("disabled it", "slash"),
    "job.pause": ("paused it", "pause"),
    "job.resume": ("let it go on", "play"),
    "job.trigger": ("ran it", "play"),
    "job.backfill": ("ran moments that had passed", "history"),
    "job.delete": ("deleted it", "trash"),
}
# What means nothing as the job stands.
_OF_EACH = frozenset({"misfireWindowSeconds", "misfireCap"})
_OF_RETRIES = frozenset({"retryDelaySeconds", "retryBackoff", "retryMaxDelaySeconds", "retryJitter"})
_QUIET = {"updatedAt", "updatedBy", "version"}


class Told(NamedTuple):
    """An entry of the audit: the row, what was done in words, its sign, what it changed."""

    row: AuditRow
    words: str
    icon: str
    changes: list[tuple[str, str, str]]


@pages.get("/jobs/{ref}/definition")
def definition(view: View) -> Response:
    """Every field, and the difference from the code."""
    one = view.services.jobs.get(view.path("ref"))
    zone = one.job.timezone
    differs = view.services.jobs.diff(str(one.job.id)) if one.differs else []
    return view.render(
        "job/definition.html",
        one=one,
        id=str(one.job.id),
        tab="definition",
        groups=_facts(one.job),
        fields=[
            (title_of(each.field), plain(each.field, each.before, zone), plain(each.field, each.after, zone))
            for diff in differs
            for each in diff.fields
        ],
    )


@pages.get("/jobs/{ref}/changes", role=Role.ADMIN)
def changes(view: View) -> Response:
    """Who changed what of it, and when."""
    one = view.services.jobs.get(view.path("ref"))
    text = view.query.get("page", "1")
    number = max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    found = view.services.people.audit(str(one.job.id), number, _PER_PAGE)
    return view.render(
        "job/changes.html",
        one=one,
        id=str(one.job.id),
        tab="changes",
        found=found,
        told=[_told(row) for row in found.items],
    )


def title_of(name: str) -> str:
    """What a field of the API is called on these pages."""
    known = {
        "taskArgs": "Arguments",
        "scheduleConfig": "Schedule",
        "jobType": "Kind of schedule",
        "task": "Task",
        "isEnabled": "Enabled",
        "isPaused": "Paused",
        "pause": "Pause",
        "broken": "Broken",
        "countsFrom": "Counts from",
    }
    return FIELDS[name].title if name in FIELDS else known.get(name, name)


def plain(name: str, value: Any, zone: str = "UTC") -> str:
    """A value of the API's as people read it."""
    if value is None or value in ("", [], {}):
        return _PLAIN.get(name, "nothing")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "scheduleConfig" and set(value) == {"expression"}:
        return str(value["expression"])
    if name in FIELDS:
        return _said(name, value, zone)
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _facts(job: Job) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields by group, as people read them."""
    form = shown_form(job)
    idle: frozenset[str] = frozenset() if job.policy.misfire is Misfire.ALL else _OF_EACH
    idle = idle if job.policy.retry.count else idle | _OF_RETRIES
    idle = idle if isinstance(job.schedule, Cron) else idle | {"dstPolicy"}
    return [
        (
            name,
            [
                (field.title, _said(field.name, form[field.name], job.timezone))
                for field in members
                if field.name not in idle
            ],
        )
        for name, members in GROUPS.items()
        if name
    ]


def _said(name: str, value: Any, zone: str) -> str:
    if name in _WORDS:
        return _WORDS[name].get(value, str(value))
    return shown(FIELDS[name], value, zone).replace("\n", ", ") or _PLAIN.get(name, "")


def _told(row: AuditRow) -> Told:
    words, icon = _ACTIONS.get(row.action, (row.action.removeprefix("job."), "dot"))
    before, after = row.before or {}, row.after or {}
    if row.action in {"job.create", "job.delete"}:
        return Told(row, words, icon, [])
    names = [name for name in {**before, **after} if name not in _QUIET and before.get(name) != after.get(name)]
    found = [(title_of(name), plain(name, before.get(name)), plain(name, after.get(name))) for name in names]
    return Told(row, words, icon, found)
