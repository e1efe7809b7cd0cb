"""When a job fires next, and what the coming changes of its zone's clock do to that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orario.core.job import Job
from orario.core.schedule import Cron
from orario.core.zones import changes_ahead
from orario.service.documents import SchedulePreviewDocument
from orario.service.forms import form_of
from orario.service.jobs import JobView
from orario.service.services import Services

COUNT = 10
_AHEAD = timedelta(days=370)
_AROUND = timedelta(hours=3)
_MOST = 2
_KINDS = {"interval": 1, "cron": 2, "once": 3, "on_demand": 4}
_FRAME = ("scheduleConfig", "timezone", "dstPolicy", "startAt", "endAt", "excludeDates", "excludeCalendars")


@dataclass(frozen=True, slots=True)
class Coming:
    """The next moments; `is_real`: it will fire at them, rather than would if nothing held it back."""

    moments: Sequence[datetime]
    is_real: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A coming change of the clock, and the moments around it."""

    at: datetime
    by: timedelta
    moments: Sequence[datetime]


def coming(services: Services, view: JobView) -> Coming:
    """When it fires next; what holds it back is for the page to say."""
    moments = services.jobs.next_moments(str(view.job.id), COUNT)
    if moments or view.job.is_active:
        return Coming(moments, True)
    return Coming(_fires(services, view.job, None, COUNT), False)


def clock_changes(services: Services, job: Job, now: datetime) -> list[Change]:
    """What happens to it when the clock is set; only rules that follow the wall are moved by that."""
    if not isinstance(job.schedule, Cron):
        return []
    found = changes_ahead(job.timezone, now, now + _AHEAD)[:_MOST]
    return [
        Change(at, by, [one for one in _fires(services, job, at - _AROUND, 4) if one <= at + _AROUND])
        for at, by in found
    ]


def _fires(services: Services, job: Job, after: datetime | None, count: int) -> Sequence[datetime]:
    form = form_of(job)
    asked = {name: form[name] for name in _FRAME}
    asked |= {"jobTypeId": _KINDS[form["jobType"]], "count": count}
    if after is not None:
        asked["after"] = after.isoformat()
    return services.schedules.preview(SchedulePreviewDocument.model_validate(asked)).moments
