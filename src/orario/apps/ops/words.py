"""How this dialect writes states, moments and sizes."""

from datetime import UTC, datetime
from enum import StrEnum

from orario import At, Cron, Every, Schedule


class Status(StrEnum):
    """How a watched service, or everything, was found."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    NOT_CONFIGURED = "not configured"


def iso(moment: datetime) -> str:
    """`2026-01-20T14:00:00.000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def megabytes(size: int) -> float:
    """A size in bytes, as `size_mb` has it."""
    return round(size / 1_048_576, 2)


def trigger_type(schedule: Schedule) -> str:
    """`interval`, `cron`, `once`; `on_demand` for what only runs by hand."""
    match schedule:
        case Every():
            return "interval"
        case Cron():
            return "cron"
        case At():
            return "once"
    return "on_demand"
