"""One row of the table: how one job went on one day."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from orario import State

_OF_ITS_OWN = (State.SUCCESS, State.FAILED, State.TIMEOUT)  # ends that say how well it works


def row_of(day: date, job_id: UUID, slug: str, name: str, found: Any, now: datetime) -> dict[str, Any]:
    """The figures of a day, as they are kept."""
    counts = found.counts
    return {
        "day": day,
        "job_id": job_id,
        "slug": slug,
        "name": name,
        "is_final": now.astimezone(UTC).date() > day,
        "is_estimated": found.is_estimated,
        "executions": sum(counts.values()),
        "successes": counts[State.SUCCESS],
        "failures": counts[State.FAILED],
        "timeouts": counts[State.TIMEOUT],
        "cancelled": counts[State.CANCELLED],
        "skipped": counts[State.SKIPPED],
        "missed": counts[State.MISSED],
        "passed_over": found.passed_over,
        "attempts": found.attempts,
        "success_rate": rate(counts[State.SUCCESS], sum(counts[state] for state in _OF_ITS_OWN)),
        **_lengths("duration", found.durations),
        **_lengths("lag", found.lags),
        "seconds": found.durations.total,
        "computed_at": now,
    }


def rate(part: int, whole: int) -> float | None:
    """A share of a hundred, to two digits; None of nothing."""
    return round(100 * part / whole, 2) if whole else None


def _lengths(what: str, found: Any) -> dict[str, float | None]:
    figures = ("average", "p50", "p95", "p99", "longest")
    return {f"{what}_{figure}": getattr(found, figure) for figure in figures}
