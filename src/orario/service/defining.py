"""Makes jobs of what people send, and refuses with the exact place what cannot become one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from orario.core.errors import Invalid, Problem, invalid
from orario.core.hygiene import check_json
from orario.core.job import Calendars, Job
from orario.core.policy import Policy
from orario.core.schedule import Cron, Dst, Every, OnDemand, Schedule
from orario.core.scheduleconfig import KINDS, from_config, kind_of, to_config
from orario.core.task import Task
from orario.core.walltime import checked_time, moment_at
from orario.service.arguments import Arguments

_SPANS = {
    "misfire_grace_seconds": "misfire_grace",
    "misfire_window_seconds": "misfire_window",
    "timeout_seconds": "timeout",
    "start_within_seconds": "start_within",
}
_PLAIN = ("max_instances", "overlap", "misfire", "misfire_cap", "priority", "pause_after_failures", "keep_count")
_RETRY_SPANS = {"retry_delay_seconds": "delay", "retry_max_delay_seconds": "max_delay"}
_RETRY_PLAIN = {"retry_count": "count", "retry_backoff": "backoff", "retry_jitter": "jitter"}
_RULE = frozenset({"job_type_id", "job_type", "schedule_config", "timezone", "dst_policy"})
_LARGEST_CONFIG = 16_384


@dataclass(frozen=True)
class Definer:
    """Turns the fields that were sent (by their names in Python) into a job."""

    arguments: Arguments
    timezone: str  # of schedules that name none

    def new(self, sent: Mapping[str, Any], task: Task, id: UUID, slug: str, now: datetime, by: str | None) -> Job:
        """A new job; its interval counts from now."""
        zone = sent.get("timezone") or self.timezone
        blank = Job(
            id=id,
            slug=slug,
            name=sent["name"],
            description=sent.get("description"),
            app=None,
            task=task.name,
            args=self.arguments.checked(task, sent.get("task_args") or {}, {}),
            queue=sent.get("queue") or task.queue,
            schedule=_schedule(sent, None, zone, now),
            timezone=zone,
            policy=policy_of(sent, usual_policy(task), task),
            is_enabled=sent.get("is_enabled", True),
            created_at=now,
            updated_at=now,
            created_by=by,
            updated_by=by,
        )
        return _bounded(blank, sent)

    def changed(self, job: Job, sent: Mapping[str, Any], task: Task, now: datetime, by: str | None) -> Job:
        """The job with what was sent put in place; an interval whose rule changed counts from now."""
        after = replace(
            job,
            **{name: sent[name] for name in ("name", "description", "is_enabled") if name in sent},
            slug=sent.get("slug") or job.slug,
            task=task.name,
            args=self._args(job, sent, task),
            queue=self._queue(job, sent, task),
            policy=policy_of(sent, job.policy, task),
        )
        after = _bounded(self._retimed(after, sent, now), sent)
        if not job.is_enabled and after.is_enabled:
            after = anchored(after, now)
        return after if after == job else replace(after, updated_at=now, updated_by=by)

    def _args(self, job: Job, sent: Mapping[str, Any], task: Task) -> Mapping[str, Any]:
        if "task_args" in sent:
            return self.arguments.checked(task, sent["task_args"] or {}, job.args)
        return job.args if task.name == job.task else self.arguments.fitting(task, job.args)

    def _queue(self, job: Job, sent: Mapping[str, Any], task: Task) -> str:
        if "queue" in sent:
            return sent["queue"] or task.queue
        return job.queue if task.name == job.task else task.queue

    def _retimed(self, job: Job, sent: Mapping[str, Any], now: datetime) -> Job:
        if _RULE.isdisjoint(sent):
            return job
        zone = job.timezone if "timezone" not in sent else sent["timezone"] or self.timezone
        schedule = _schedule(sent, job.schedule, zone, now)
        same = same_rule(schedule, job.schedule)
        return replace(job, timezone=zone, schedule=job.schedule if same else schedule)


def usual_policy(task: Task) -> Policy:
    """What a person's job gets of its task's policy when nothing is said: all but limit and retries."""
    return replace(task.policy, max_instances=1, retry=replace(task.policy.retry, count=0))


def policy_of(sent: Mapping[str, Any], usual: Policy, task: Task) -> Policy:
    """The policy with what was sent put in place."""
    values = {name: sent[name] for name in _PLAIN if name in sent}
    values |= {own: _span(sent[name]) for name, own in _SPANS.items() if name in sent}
    if "keep_days" in sent:
        values["keep_for"] = None if sent["keep_days"] is None else timedelta(days=sent["keep_days"])
    if "timeout_seconds" in sent and sent["timeout_seconds"] is None:
        values["timeout"] = task.policy.timeout
    retry = {own: sent[name] for name, own in _RETRY_PLAIN.items() if name in sent}
    retry |= {own: _span(sent[name]) for name, own in _RETRY_SPANS.items() if name in sent}
    if retry:
        values["retry"] = replace(usual.retry, **retry)
    return replace(usual, **values) if values else usual


def same_rule(one: Schedule, other: Schedule) -> bool:
    """Whether two schedules are the same but for the moment an interval counts from."""
    if isinstance(one, Every) and isinstance(other, Every):
        return one.interval == other.interval
    return one == other


_TIMES = ("timezone", "start", "end", "jitter", "excluded_dates", "calendars")


def same_times(one: Job, other: Job) -> bool:
    """Whether two states of a job are due at the same moments."""
    return one.schedule == other.schedule and _same_frame(one, other)


def same_rule_of_time(one: Job, other: Job) -> bool:
    """The same, but for the moment an interval counts from."""
    return same_rule(one.schedule, other.schedule) and _same_frame(one, other)


def _same_frame(one: Job, other: Job) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _TIMES)


def anchored(job: Job, now: datetime) -> Job:
    """The job with its interval counting from now."""
    return replace(job, schedule=job.schedule.anchored(now)) if isinstance(job.schedule, Every) else job


def require_due(job: Job, dates: Calendars, now: datetime) -> datetime | None:
    """The job's next moment; raises Invalid when there will never be one, though there should be."""
    missing = [at for at, name in enumerate(job.calendars) if name not in dates]
    if missing:
        places = (("excludeCalendars", at) for at in missing)
        raise Invalid(*(Problem(place, "there is no calendar of this name; create it first") for place in places))
    moment = job.timetable(dates).next(now)
    if moment is None and not isinstance(job.schedule, OnDemand):
        bounds = job.start or job.end or job.excluded_dates or job.calendars
        why = "within its bounds and exclusions" if bounds else "again"
        raise invalid("scheduleConfig", message=f"is never due {why}; give a schedule with a moment in the future")
    return moment


def schedule_of(sent: Mapping[str, Any], zone: str, now: datetime) -> Schedule:
    """The schedule that was sent; an interval counts from now."""
    return _schedule(sent, None, zone, now)


def _schedule(sent: Mapping[str, Any], before: Schedule | None, zone: str, now: datetime) -> Schedule:
    kind = _kind(sent, before)
    config = sent.get("schedule_config")
    if config is None:
        if before is None or kind != kind_of(before):
            raise invalid("scheduleConfig", message="Field required", kind="missing")
        config = to_config(before)
    check_json(config, ("scheduleConfig",), _LARGEST_CONFIG, max_depth=4)
    usual = before.dst if isinstance(before, Cron) else Dst.DEBIAN
    try:
        return from_config(kind, config, timezone=zone, dst=sent.get("dst_policy", usual), anchor=now)
    except Invalid as error:
        raise error.under("scheduleConfig") from None


def _kind(sent: Mapping[str, Any], before: Schedule | None) -> str:
    if "job_type" in sent:
        return str(sent["job_type"])
    if "job_type_id" not in sent and before is not None:
        return kind_of(before)
    kind = KINDS.get(sent["job_type_id"])
    if kind is None:
        known = ", ".join(f"{id} ({name})" for id, name in KINDS.items())
        raise invalid("jobTypeId", message=f"there is no such job type; known are {known}")
    return kind


def _bounded(job: Job, sent: Mapping[str, Any]) -> Job:
    values: dict[str, Any] = {}
    for name, own, place in (("start_at", "start", "startAt"), ("end_at", "end", "endAt")):
        if name in sent:
            values[own] = None if sent[name] is None else moment_of_text(sent[name], job.timezone, place)
    if "jitter_seconds" in sent:
        values["jitter"] = timedelta(milliseconds=round(sent["jitter_seconds"] * 1000))
    if "exclude_dates" in sent:
        values["excluded_dates"] = frozenset(sent["exclude_dates"])
    if "exclude_calendars" in sent:
        values["calendars"] = tuple(dict.fromkeys(sent["exclude_calendars"]))
    after = replace(job, **values) if values else job
    if after.start is not None and after.end is not None and after.end < after.start:
        raise invalid("endAt", message="is before startAt, so that nothing would ever fire")
    return after


def moment_of_text(text: str, zone: str, *place: str | int) -> datetime:
    """The moment that somebody wrote; without a zone of its own it is in `zone`."""
    try:
        return moment_at(checked_time(text), zone)
    except Invalid as error:
        raise invalid(*place, message=error.problems[0].message) from None


def _span(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
