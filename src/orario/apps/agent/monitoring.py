"""Raises alerts: memory or processor above their thresholds, jobs that fail again and again, jobs that get slow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from orario import Context, Execution, State
from orario.apps.agent.desk import desk
from orario.apps.agent.process import Load, load
from orario.apps.agent.schedules import PLANNED
from orario.apps.agent.settings import AgentSettings
from orario.apps.agent.tables import alerts
from orario.apps.agent.telling import tell
from orario.web import ExecutionFilter

_MEASURED = 1.0  # seconds
_IN_A_ROW = 3  # failures that are an alert
_RECENT, _BEFORE = 3, 8  # runs that are compared: the last ones with those before
_SLOWER, _FLOOR = 3.0, 5.0  # times as long, and seconds more


@dataclass(frozen=True)
class Trouble:
    """Something to alert people of; `kind` names it, so that they hear of it once until it is over."""

    kind: str
    sentence: str
    severity: str = "warning"
    details: Mapping[str, Any] = field(default_factory=dict)


def check_system_performance(context: Context) -> dict[str, Any]:
    """Measure memory and processor, look at the last runs of every job, and alert of what is too much."""
    context.progress.expect(1 + len(PLANNED))
    measured = load(_MEASURED)
    troubles = list(of_load(measured, desk.settings))
    context.progress.advance()
    for one in PLANNED:
        troubles += of_runs(one.slug, _ended(context, one.slug))
        context.progress.advance()
    with context.services.database.writing() as connection:
        over = _alert(context, connection, troubles)
    for trouble in troubles:
        context.progress.fail()
        context.warn(trouble.sentence, **trouble.details)
    context.info(
        "system performance checked",
        memory_mb=measured.memory_mb,
        cpu_percent=measured.cpu_percent,
        alerts=len(troubles),
        over=len(over),
    )
    return {
        "memoryMb": measured.memory_mb,
        "cpuPercent": measured.cpu_percent,
        "alerts": [trouble.kind for trouble in troubles],
        "over": over,
    }


def of_load(measured: Load, settings: AgentSettings) -> Sequence[Trouble]:
    """What is above its threshold."""
    found = []
    most_memory, most_cpu = settings.cron_memory_threshold_mb, settings.cron_cpu_threshold_percent
    if measured.memory_mb > most_memory:
        said = f"Memory is above its threshold: {measured.memory_mb:.0f} MB of {most_memory:g} MB."
        found.append(Trouble("memory", said, details={"memory_mb": measured.memory_mb, "threshold_mb": most_memory}))
    if measured.cpu_percent > most_cpu:
        said = f"The processor is above its threshold: {measured.cpu_percent:.0f} % of {most_cpu:g} %."
        details = {"cpu_percent": measured.cpu_percent, "threshold_percent": most_cpu}
        found.append(Trouble("cpu", said, details=details))
    return found


def of_runs(slug: str, runs: Sequence[Execution]) -> Sequence[Trouble]:
    """What the last runs of a job, the newest first, say of it."""
    found = []
    row = next((at for at, one in enumerate(runs) if one.state is State.SUCCESS), len(runs))
    if row >= _IN_A_ROW:
        details = {"job": slug, "failures": row, "error": runs[0].error_message}
        found.append(Trouble(f"failing:{slug}", f"{slug} fails again and again: {row} times.", "error", details))
    took = [one.duration_seconds or 0.0 for one in runs if one.state is State.SUCCESS]
    recent, before = took[:_RECENT], took[_RECENT:]
    if len(recent) == _RECENT and len(before) >= _BEFORE:
        now, usually = median(recent), median(before)
        if now > _SLOWER * usually and now > usually + _FLOOR:
            said = f"{slug} has become slow: {now:.0f} s, before {usually:.1f} s."
            found.append(Trouble(f"slow:{slug}", said, details={"job": slug, "seconds": now, "usually": usually}))
    return found


def _ended(context: Context, slug: str) -> Sequence[Execution]:
    """How the job's last runs ended, the newest first."""
    states = (State.SUCCESS, State.FAILED, State.TIMEOUT)
    wanted = ExecutionFilter(job_ref=slug, app="agent", states=states)
    items: Sequence[Execution] = context.services.executions.find(wanted, per_page=30).items
    return items


def _alert(context: Context, connection: Connection, troubles: Sequence[Trouble]) -> list[str]:
    """Tell of what is new, remember it, and tell of what is over; which those are."""
    now = context.services.tools.clock.now()
    known = {row.kind: row.since for row in connection.execute(select(alerts))}
    for trouble in troubles:
        if trouble.kind not in known:
            connection.execute(insert(alerts).values(kind=trouble.kind, since=now))
            about = f"alert:{trouble.kind}:{now.isoformat()}"
            tell(context, connection, about, trouble.sentence, severity=trouble.severity, **trouble.details)
    over = sorted(known.keys() - {trouble.kind for trouble in troubles})
    for kind in over:
        connection.execute(delete(alerts).where(alerts.c.kind == kind))
        about = f"over:{kind}:{known[kind].isoformat()}"
        tell(context, connection, about, f"It is over: {kind}.", severity="info", since=known[kind])
    return over
