"""When a job fires next, and what the coming changes of its zone's clock do to that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orario.core.job import Job
from orario.core.schedule import Cron
from orario.core.zones import changes_ahead
from orario.dashboard.moments import local, short_zone
from orario.service.documents import SchedulePreviewDocument
from orario.service.forms import form_of
from orario.service.jobs import JobView
from orario.service.services import Services

COUNT = 10
_AHEAD = timedelta(days=370)
_AROUND = timedelta(hours=3)
_MOST = 2
_DENSE = 4  # so many around a change, and it fires all the time
_INSTANT = timedelta(seconds=1)
_KINDS = {"interval": 1, "cron": 2, "once": 3, "on_demand": 4}
_FRAME = ("scheduleConfig", "timezone", "dstPolicy", "startAt", "endAt", "excludeDates", "excludeCalendars")


@dataclass(frozen=True, slots=True)
class Coming:
    """The next moments; `is_real`: it will fire at them, rather than would if nothing held it back."""

    moments: Sequence[datetime]
    is_real: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A coming change of the clock: what it shows before and after, and the moments around it."""

    day: str
    before: str
    after: str
    moments: Sequence[str]
    is_dense: bool  # the job fires all the time: these are only the first two after the change


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
    return [_change(services, job, at) for at, _ in changes_ahead(job.timezone, now, now + _AHEAD)[:_MOST]]


def _change(services: Services, job: Job, at: datetime) -> Change:
    around = [one for one in _fires(services, job, at - _AROUND, _DENSE) if one <= at + _AROUND]
    is_dense = len(around) == _DENSE
    if is_dense:
        around = list(_fires(services, job, at - _INSTANT, 2))
    after = local(at, job.timezone)
    before = local(at - _INSTANT, job.timezone) + _INSTANT  # on the wall: what it would show, were it not set
    fires = [f"{(there := local(one, job.timezone)):%H:%M} {short_zone(there)}" for one in around]
    return Change(f"{after.day} {after:%b %Y}", f"{before:%H:%M}", f"{after:%H:%M}", fires, is_dense)


def _fires(services: Services, job: Job, after: datetime | None, count: int) -> Sequence[datetime]:
    form = form_of(job)
    asked = {name: form[name] for name in _FRAME}
    asked |= {"jobTypeId": _KINDS[form["jobType"]], "count": count}
    if after is not None:
        asked["after"] = after.isoformat()
    return services.schedules.preview(SchedulePreviewDocument.model_validate(asked)).moments
