"""Decides what a sync has to do: what to read, whom to disable, and when to refuse."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orario import OrarioError
from orario.apps.directory.subjects import Found

GONE, DISABLED = "gone", "disabled"
_SILENT = frozenset({"stamp", "last_used_at", "dn_key"})  # what changes without anybody's doing is no change to tell


class TooManyGone(OrarioError):
    """The sync would have disabled too many at once; nothing was changed."""


@dataclass(frozen=True)
class Known:
    """A row as it stands."""

    key: str
    stamp: str | None
    dn_key: str
    is_active: bool
    inactive_reason: str | None


@dataclass(frozen=True)
class Seen:
    """As much of an entry as tells whether it has changed: with a folder that is renamed, only its DN does."""

    stamp: str | None
    dn_key: str


@dataclass(frozen=True)
class Plan:
    """`read`: keys to be read whole; `gone`: active rows whose entries are no longer there."""

    read: frozenset[str]
    gone: tuple[str, ...]
    present: int


def plan(known: Mapping[str, Known], present: Mapping[str, Seen], *, full: bool) -> Plan:
    """`present` are all entries there are now, by key."""
    read = {key for key, seen in present.items() if full or _is_news(known.get(key), seen)}
    gone = tuple(key for key, row in known.items() if row.inactive_reason != GONE and key not in present)
    return Plan(frozenset(read), gone, len(present))


def _is_news(row: Known | None, seen: Seen) -> bool:
    if row is None or row.inactive_reason == GONE or seen.stamp is None:
        return True
    return (row.stamp, row.dn_key) != (seen.stamp, seen.dn_key)


def check_gone(what: str, gone: int, active: int, *, share: float, free: int) -> None:
    """Raise TooManyGone where more are gone than can be believed."""
    if gone > free and gone > share * active:
        raise TooManyGone(
            f"the directory no longer has {gone:,} of {active:,} {what}s ({gone / active:.0%}); more than "
            f"{share:.0%} is refused, and nothing was changed. If it is right, run the job once with "
            '{"allow_mass_disable": true}; if not, look at the base, the filter and the service account\'s rights'
        )


@dataclass(frozen=True)
class Change:
    """What becomes of one row: its action, the values to write, and what to tell of it."""

    action: str | None  # created, updated, enabled, disabled; None: nothing worth telling
    values: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)


def compare(row: Mapping[str, Any] | None, found: Found, *, same_members: bool = True) -> Change:
    """A row, if there is one, beside its entry."""
    state = {"is_active": not found.is_disabled, "inactive_reason": DISABLED if found.is_disabled else None}
    wanted = {**found.values, **state}
    if row is None:
        return Change("created", wanted)
    differing = {name: value for name, value in wanted.items() if row[name] != value}
    worth_telling = found.values.keys() - _SILENT
    told: dict[str, Any] = {name: [row[name], differing[name]] for name in differing if name in worth_telling}
    if not same_members:
        told["members"] = None
    if row["is_active"] and found.is_disabled:
        return Change("disabled", differing, told)
    if not row["is_active"] and not found.is_disabled:
        return Change("enabled", differing, told)
    return Change("updated" if told else None, differing, told)
