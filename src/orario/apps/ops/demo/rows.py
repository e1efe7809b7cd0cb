"""Believable rows: how some jobs of a shop went for two months, and a day of health checks with one outage."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, delete, func, insert, select

from orario.apps.ops.analytics.rows import rate
from orario.apps.ops.tables import checks, daily

_SPACE = UUID("5c1d0e0a-6f0e-4f6c-9f53-0f3f6a7f6d10")
_DAYS = 60
_CHECKS = 288  # every five minutes of a day
_EVERY = timedelta(minutes=5)
_OUTAGE = range(120, 124)
# slug: name, runs a day, usual seconds, failures of a hundred
_JOBS = {
    "demo-invoice-mails": ("Invoice mails (demo)", 288, 4.2, 0.4),
    "demo-stock-import": ("Stock import (demo)", 24, 95.0, 3.0),
    "demo-price-feed": ("Price feed (demo)", 1440, 0.8, 0.1),
    "demo-close-the-day": ("Close the day (demo)", 1, 640.0, 2.0),
}


def load(services: Any) -> dict[str, int]:
    """Put them in; nothing where they are."""
    now = services.tools.clock.now()
    with services.database.writing() as connection:
        if connection.scalar(select(func.count()).select_from(daily).where(_of_demo())):
            return {"days": 0, "health_checks": 0}
        days, looks = _days(now), [_check(now, number) for number in range(_CHECKS)]
        connection.execute(insert(daily), days)
        connection.execute(insert(checks), looks)
    return {"days": len(days), "health_checks": len(looks)}


def remove(services: Any) -> dict[str, int]:
    """Take them out."""
    with services.database.writing() as connection:
        return {"days": _removed(connection, daily, _of_demo()), "health_checks": _removed_checks(connection)}


def _of_demo() -> Any:
    return daily.c.job_id.in_([uuid5(_SPACE, slug) for slug in _JOBS])


def _removed(connection: Connection, table: Any, condition: Any) -> int:
    return connection.execute(delete(table).where(condition)).rowcount


def _removed_checks(connection: Connection) -> int:
    return _removed(connection, checks, checks.c.id.in_([_check_id(number) for number in range(_CHECKS)]))


def _days(now: datetime) -> list[dict[str, Any]]:
    chance, today = Random(7), now.astimezone(UTC).date()
    return [
        _day(today - timedelta(days=back), slug, now, chance, is_final=back > 0)
        for slug in _JOBS
        for back in reversed(range(_DAYS))
    ]


def _day(day: Any, slug: str, now: datetime, chance: Random, *, is_final: bool) -> dict[str, Any]:
    name, runs, usual, failing = _JOBS[slug]
    failures = sum(chance.random() * 100 < failing for _ in range(runs))
    average = usual * chance.uniform(0.9, 1.15)
    lag = chance.uniform(0.004, 0.02)
    return {
        "day": day,
        "job_id": uuid5(_SPACE, slug),
        "slug": slug,
        "name": name,
        "is_final": is_final,
        "is_estimated": False,
        "executions": runs,
        "successes": runs - failures,
        "failures": failures,
        "timeouts": 0,
        "cancelled": 0,
        "skipped": 0,
        "missed": 0,
        "passed_over": 0,
        "attempts": runs + failures,
        "success_rate": rate(runs - failures, runs),
        "seconds": average * (runs - failures),
        "computed_at": now,
        **_lengths("duration", average),
        **_lengths("lag", lag),
    }


def _lengths(what: str, average: float) -> dict[str, float]:
    shares = {"average": 1.0, "p50": 0.93, "p95": 1.6, "p99": 2.1, "longest": 2.8}
    return {f"{what}_{figure}": round(average * share, 6) for figure, share in shares.items()}


def _check_id(number: int) -> UUID:
    return uuid5(_SPACE, f"check:{number}")


def _check(now: datetime, number: int) -> dict[str, Any]:
    chance, is_out = Random(number), number in _OUTAGE
    redis: dict[str, Any] = {"status": "healthy", "latency_ms": round(chance.uniform(0.3, 1.5), 2), "error": None}
    if is_out:
        redis = {"status": "unhealthy", "latency_ms": 1.1, "error": "127.0.0.1:6379: Connection refused"}
    fine = {"status": "healthy", "error": None}
    return {
        "id": _check_id(number),
        "checked_at": now - (_CHECKS - number) * _EVERY,
        "status": "unhealthy" if is_out else "healthy",
        "services": {
            "sqlite": {**fine, "latency_ms": round(chance.uniform(0.2, 0.9), 2)},
            "redis": redis,
            "storage": {**fine, "latency_ms": round(chance.uniform(1, 8), 2)},
        },
        "system": {
            "cpu_percent": round(chance.uniform(4, 35), 1),
            "memory_percent": round(chance.uniform(38, 44), 1),
            "disk_percent": 31.0,
        },
    }
