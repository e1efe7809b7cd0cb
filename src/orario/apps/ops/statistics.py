"""The figures of `GET /stats`."""

from collections.abc import Mapping
from typing import Any

from orario import State
from orario.apps.ops.analytics.rows import rate
from orario.apps.ops.schemas import JobStatsOut, StatsOut
from orario.apps.ops.showing import all_jobs
from orario.apps.ops.words import iso_or_none

_FAILURES = (State.FAILED, State.TIMEOUT)


def stats_out(services: Any) -> StatsOut:
    """How everything has gone: forgotten executions count too."""
    views, whole, cluster = list(all_jobs(services)), services.executions.stats(), services.cluster.status()
    counts, now = whole.counts, services.tools.clock.now()
    started = None if cluster.leader is None else cluster.leader.started_at
    successes, failures = counts[State.SUCCESS], failed(counts)
    enabled = sum(view.job.is_enabled for view in views)
    return StatsOut(
        total_jobs=len(views),
        enabled_jobs=enabled,
        disabled_jobs=len(views) - enabled,
        paused_jobs=sum(view.job.pause is not None for view in views),
        running_jobs=sum(view.running > 0 for view in views),
        total_executions=whole.total,
        successes=successes,
        failures=failures,
        cancelled=counts[State.CANCELLED],
        skipped=counts[State.SKIPPED],
        missed=counts[State.MISSED],
        success_rate=rate(successes, successes + failures),
        failure_rate=rate(failures, successes + failures),
        average_duration_seconds=None if whole.average_seconds is None else round(whole.average_seconds, 3),
        uptime_seconds=0.0 if started is None else round((now - started).total_seconds(), 3),
        started_at=iso_or_none(started),
        by_job=sorted((_of_job(view) for view in views), key=lambda one: one.job_id),
    )


def failed(counts: Mapping[State, int]) -> int:
    return sum(counts.get(state, 0) for state in _FAILURES)


def _of_job(view: Any) -> JobStatsOut:
    counts, cursor = view.cursor.counts, view.cursor
    successes, failures = counts.get(State.SUCCESS, 0), failed(counts)
    return JobStatsOut(
        job_id=view.job.slug,
        name=view.job.name,
        total_executions=sum(counts.values()) + view.running + view.pending,
        successes=successes,
        failures=failures,
        success_rate=rate(successes, successes + failures),
        last_status=None if cursor.last_state is None else cursor.last_state.value,
        last_finished_at=iso_or_none(cursor.last_finished_at),
    )
