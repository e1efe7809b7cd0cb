"""What the dashboard shows: how the services are, the backups, and the figures of every day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any

from orario import App, Asked, State
from orario.apps.ops.analytics import reading
from orario.apps.ops.analytics.rows import rate
from orario.apps.ops.desk import desk
from orario.apps.ops.health import keeping
from orario.apps.ops.statistics import failed
from orario.apps.ops.words import Status, megabytes

_DAYS = 30
_BACKUPS = 20


def register(app: App) -> None:
    """A page of the app's own, and a panel on the page of every job."""
    app.page("", title="Health and backups", template="operations.html", icon="health")(page)
    app.panel("job", title="Days", template="days.html", every=300)(days)
    app.action("run")(run)


def page(asked: Asked) -> Mapping[str, Any]:
    """Health, backups and the last days of all jobs together."""
    copies = asked.services.copies.list(desk.backups)
    with asked.services.database.reading() as connection:
        check = keeping.last(connection)
        found = reading.of_all(connection, *_span(asked))
    return {
        "runs": runs(asked),
        "check": check,
        "down": _down(check),
        "days": found,
        "copies": [{"name": one.path.name, "mb": megabytes(one.size_bytes), "at": one.made_at} for one in copies],
        "most": _BACKUPS,
        "folder": str(desk.backups),
    }


def runs(asked: Asked) -> Mapping[str, Any]:
    """The documented figures of all runs, in a few words."""
    whole, leader = asked.services.executions.stats(), asked.services.cluster.status().leader
    successes, failures = whole.counts[State.SUCCESS], failed(whole.counts)
    return {
        "total": whole.total,
        "successes": successes,
        "failures": failures,
        "rate": rate(successes, successes + failures),
        "average": whole.average_seconds,
        "leader": leader,
        "up": None if leader is None else (asked.now - leader.started_at).total_seconds(),
    }


def days(asked: Asked) -> Mapping[str, Any] | None:
    """The last days of one job; nothing before there are any."""
    with asked.services.database.reading() as connection:
        found: Sequence[Any] = reading.of_job(connection, asked.subject.job.slug, *_span(asked))
    return {"days": found} if found else None


def run(asked: Asked) -> str:
    """Look, or back up, now."""
    job = "database_backup" if asked.form.get("job") == "database_backup" else "health_check"
    asked.services.jobs.trigger(job, asked.actor)
    return "The backup is being made" if job == "database_backup" else "The services are being looked at"


def _down(check: Mapping[str, Any] | None) -> list[str]:
    services = {} if check is None else check["services"]
    return [name for name, one in services.items() if one["status"] == Status.UNHEALTHY]


def _span(asked: Asked) -> tuple[Any, Any]:
    today = asked.now.astimezone(UTC).date()
    return today - timedelta(days=_DAYS - 1), today
