"""What was changed, in words: the names of fields, values as people read them, entries of the audit."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from orario.dashboard.jobfields import BACKOFFS, DSTS, FIELDS, MISFIRES, OVERLAPS, shown
from orario.service.people import AuditRow

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
_QUIET = {"updatedAt", "updatedBy", "version"}


class Told(NamedTuple):
    """An entry of the audit: the row, what was done in words, its sign, what it changed."""

    row: AuditRow
    words: str
    icon: str
    changes: list[tuple[str, str, str]]


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
    if name in FIELDS:
        return FIELDS[name].title
    return known.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).capitalize()


def plain(name: str, value: Any, zone: str = "UTC") -> str:
    """A value of the API's as people read it."""
    if value is None or value in ("", [], {}):
        return _PLAIN.get(name, "nothing")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "pause":
        return "; ".join(f"{key}: {one}" if key != "note" else f"“{one}”" for key, one in value.items() if one)
    if name == "scheduleConfig" and set(value) == {"expression"}:
        return str(value["expression"])
    if name in FIELDS:
        return said(name, value, zone)
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)


def said(name: str, value: Any, zone: str) -> str:
    """A field of a job's as its form shows it."""
    if name in _WORDS:
        return _WORDS[name].get(value, str(value))
    return shown(FIELDS[name], value, zone).replace("\n", ", ") or _PLAIN.get(name, "")


def told(row: AuditRow) -> Told:
    """An entry in words."""
    words, icon = _ACTIONS.get(row.action, (row.action.removeprefix("job."), "dot"))
    before, after = row.before or {}, row.after or {}
    if row.action in {"job.create", "job.delete"}:  # all of it came, or went
        return Told(row, words, icon, [])
    names = [name for name in {**before, **after} if name not in _QUIET and before.get(name) != after.get(name)]
    found = [(title_of(name), plain(name, before.get(name)), plain(name, after.get(name))) for name in names]
    return Told(row, words, icon, found)
