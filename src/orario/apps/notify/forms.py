"""Channels and rules as they are stored, and back."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from orario.apps.notify.rules import Channel, Quiet, Rule
from orario.apps.notify.words import Kind, Severity


def channel_of(name: str, stored: Mapping[str, Any], address: str, per_hour: int, source: str = "api") -> Channel:
    """The channel in a row; `address` as it may be seen, `per_hour` unless it says otherwise."""
    return Channel(
        name=name,
        kind=stored["kind"],
        address=address,
        is_default=stored.get("isDefault", True),
        is_enabled=stored.get("isEnabled", True),
        quiet=quiet_of(stored.get("quiet")),
        calendars=tuple(stored.get("calendars") or ()),
        timezone=stored.get("timezone") or "UTC",
        digest=_span(stored.get("digestSeconds")),
        passes=Severity(stored.get("digestPasses") or Severity.CRITICAL),
        per_hour=stored.get("perHour") or per_hour,
        source=source,
    )


def rule_of(name: str, stored: Mapping[str, Any]) -> Rule:
    """The rule in a row."""
    named = stored.get("channels")
    severity = stored.get("severity")
    return Rule(
        name=name,
        on=frozenset(map(Kind, stored["on"])),
        job=stored.get("job"),
        app=stored.get("app"),
        channels=None if named is None else tuple(named),
        failures=stored.get("failures") or 1,
        of=stored.get("of"),
        again_every=stored.get("againEvery"),
        start_within=_span(stored.get("startWithinSeconds")),
        finish_within=_span(stored.get("finishWithinSeconds")),
        memory_mb=stored.get("memoryMb"),
        cpu_percent=stored.get("cpuPercent"),
        severity=None if severity is None else Severity(severity),
        quiet=quiet_of(stored.get("quiet")),
        is_enabled=stored.get("isEnabled", True),
    )


def quiet_of(stored: Mapping[str, Any] | None) -> Quiet | None:
    if stored is None:
        return None
    passes = Severity(stored.get("passes") or Severity.CRITICAL)
    start, end = time.fromisoformat(stored["start"]), time.fromisoformat(stored["end"])
    return Quiet(start, end, stored.get("timezone") or "UTC", passes)


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
