"""A job as it was: what the audit's form of it says, made into a rule of time and policies again."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from orario.core.job import Calendars, Job
from orario.core.policy import Backoff, Misfire, Overlap, Policy, Retry
from orario.core.schedule import Schedule
from orario.core.scheduleconfig import from_config
from orario.core.timetable import Timetable, jitter_offset

Form = Mapping[str, Any]

RULE = (
    "jobType",
    "scheduleConfig",
    "timezone",
    "dstPolicy",
    "startAt",
    "endAt",
    "jitterSeconds",
    "excludeDates",
    "excludeCalendars",
    "countsFrom",
)


def is_whole(form: Form | None) -> bool:
    """Whether a row's form is of the whole job, not only of how it stands."""
    return form is not None and "scheduleConfig" in form


def changed_fields(before: Form, after: Form) -> list[str]:
    """The fields of the rule of time that differ; where an interval counts from only if nothing else does."""
    found = [name for name in RULE if before.get(name) != after.get(name)]
    return [name for name in found if name != "countsFrom"] or found


def timetable_of(form: Form, job: Job, calendars: Calendars) -> Timetable:
    """The rule of time that a job of this form had."""
    named = (calendars.get(name, frozenset()) for name in form["excludeCalendars"])
    own = frozenset(map(date.fromisoformat, form["excludeDates"]))
    return Timetable(
        schedule=_schedule(form, job),
        timezone=form["timezone"],
        start=_moment(form["startAt"]),
        end=_moment(form["endAt"]),
        offset=jitter_offset(str(job.id), timedelta(seconds=form["jitterSeconds"])),
        excluded=own.union(*named),
    )


def _schedule(form: Form, job: Job) -> Schedule:
    # Rows of older versions do not say where an interval counts from; the job's own anchor is the best guess.
    anchor = _moment(form.get("countsFrom")) or getattr(job.schedule, "anchor", None) or job.created_at
    return from_config(
        form["jobType"], form["scheduleConfig"], timezone=form["timezone"], dst=form["dstPolicy"], anchor=anchor
    )


def policy_of(form: Form) -> Policy:
    """The policies that a job of this form had."""
    retry = Retry(
        form["retryCount"],
        delay=form["retryDelaySeconds"],
        backoff=Backoff(form["retryBackoff"]),
        max_delay=form["retryMaxDelaySeconds"],
        jitter=form["retryJitter"],
    )
    return Policy(
        max_instances=form["maxInstances"],
        overlap=Overlap(form["overlap"]),
        misfire=Misfire(form["misfire"]),
        misfire_grace=timedelta(seconds=form["misfireGraceSeconds"]),
        misfire_window=timedelta(seconds=form["misfireWindowSeconds"]),
        misfire_cap=form["misfireCap"],
        timeout=_span(form["timeoutSeconds"]),
        retry=retry,
        priority=form["priority"],
        pause_after_failures=form["pauseAfterFailures"],
        start_within=_span(form["startWithinSeconds"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
