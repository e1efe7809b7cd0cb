"""A job in the words of the YAML form, for the audit, for comparing and for export."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orario.core.job import Job
from orario.core.schedule import Cron, Dst, Every
from orario.core.scheduleconfig import kind_of, to_config
from orario.core.secrecy import mask


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs; secrets are masked."""

    field: str
    before: Any
    after: Any


def form_of(job: Job) -> dict[str, Any]:
    """The whole job, every field by its name in the API. Secrets are as they are in the job: sealed, or plain."""
    policy, retry = job.policy, job.policy.retry
    schedule = job.schedule
    return {
        "slug": job.slug,
        "name": job.name,
        "description": job.description,
        "task": job.task,
        "jobType": kind_of(schedule),
        "scheduleConfig": to_config(schedule),
        "taskArgs": dict(job.args),
        "queue": job.queue,
        "timezone": job.timezone,
        "dstPolicy": (schedule.dst if isinstance(schedule, Cron) else Dst.DEBIAN).value,
        "startAt": time_text(job.start),
        "endAt": time_text(job.end),
        "jitterSeconds": seconds(job.jitter),
        "excludeDates": sorted(day.isoformat() for day in job.excluded_dates),
        "excludeCalendars": list(job.calendars),
        "maxInstances": policy.max_instances,
        "overlap": policy.overlap.value,
        "misfire": policy.misfire.value,
        "misfireGraceSeconds": seconds(policy.misfire_grace),
        "misfireWindowSeconds": seconds(policy.misfire_window),
        "misfireCap": policy.misfire_cap,
        "timeoutSeconds": seconds(policy.timeout),
        "retryCount": retry.count,
        "retryDelaySeconds": seconds(retry.delay),
        "retryBackoff": retry.backoff.value,
        "retryMaxDelaySeconds": seconds(retry.max_delay),
        "retryJitter": retry.jitter,
        "priority": policy.priority,
        "pauseAfterFailures": policy.pause_after_failures,
        "startWithinSeconds": seconds(policy.start_within),
        "keepDays": days(policy.keep_for),
        "keepCount": policy.keep_count,
        "isEnabled": job.is_enabled,
    }


def shown_form(job: Job) -> dict[str, Any]:
    """The same with secrets masked."""
    form = form_of(job)
    return {**form, "taskArgs": mask(form["taskArgs"])}


def standing_form(job: Job) -> dict[str, Any]:
    """The same with how the job stands, for the audit."""
    pause = job.pause
    held = None if pause is None else {"note": pause.note, "until": time_text(pause.until)}
    anchor = job.schedule.anchor if isinstance(job.schedule, Every) else None
    return {
        **shown_form(job),
        "countsFrom": None if anchor is None else anchor.isoformat(),
        "isPaused": pause is not None,
        "pause": held,
        "broken": job.broken,
    }


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    """The fields that differ between two forms whose secrets are in plain."""
    for field, value in after.items():
        if before.get(field) != value:
            yield FieldChange(field, *_shown(field, before.get(field), value))


def _shown(field: str, before: Any, after: Any) -> tuple[Any, Any]:
    return (mask(before), mask(after)) if field == "taskArgs" else (before, after)


def seconds(span: timedelta | None) -> int | float | None:
    """A length of time as the API writes it."""
    if span is None:
        return None
    whole = span.total_seconds()
    return int(whole) if whole.is_integer() else whole


def days(span: timedelta | None) -> int | float | None:
    """A length of time in days, as the API writes it."""
    if span is None:
        return None
    whole = span / timedelta(days=1)
    return int(whole) if whole.is_integer() else whole


def time_text(moment: datetime | None) -> str | None:
    """A moment as the API writes it: UTC, milliseconds, Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
