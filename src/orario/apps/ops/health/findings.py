"""What a look at the services found, as values; and which of it is news."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orario.apps.ops.words import Status


@dataclass(frozen=True)
class Finding:
    """How one service was found."""

    status: Status
    latency_ms: float | None = None
    error: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        known = {"latency_ms": self.latency_ms, "error": self.error}
        return {"status": self.status.value, **known, **self.details}


@dataclass(frozen=True)
class Report:
    """One health check."""

    checked_at: datetime
    services: Mapping[str, Finding]
    system: Mapping[str, Any]

    @property
    def down(self) -> dict[str, str]:
        """The services that are not healthy, each with the reason."""
        return {
            name: one.error or one.status.value
            for name, one in self.services.items()
            if one.status is Status.UNHEALTHY
        }

    @property
    def status(self) -> Status:
        return Status.UNHEALTHY if self.down else Status.HEALTHY


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Which services have gone down, and which have come back, given the statuses of two checks."""
    down = [name for name, status in now.items() if _is_down(status) and not _is_down(before.get(name))]
    back = [name for name, status in now.items() if not _is_down(status) and _is_down(before.get(name))]
    return down, back


def _is_down(status: str | None) -> bool:
    return status == Status.UNHEALTHY
