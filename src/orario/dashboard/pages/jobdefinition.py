"""What a job is made of, how that differs from its app's code, and who changed it."""

from starlette.responses import Response

from orario.core.job import Job
from orario.core.policy import Misfire
from orario.core.schedule import Cron
from orario.dashboard.jobfields import GROUPS
from orario.dashboard.routing import Pages
from orario.dashboard.trail import plain, said, title_of, told
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.forms import shown_form

pages = Pages()

_PER_PAGE = 30
# What means nothing as the job stands.
_OF_EACH = frozenset({"misfireWindowSeconds", "misfireCap"})
_OF_RETRIES = frozenset({"retryDelaySeconds", "retryBackoff", "retryMaxDelaySeconds", "retryJitter"})


@pages.get("/jobs/{ref}/definition")
def definition(view: View) -> Response:
    """Every field, and the difference from the code."""
    one = view.services.jobs.get(view.path("ref"))
    zone = one.job.timezone
    differs = view.services.jobs.diff(str(one.job.id)) if one.differs else []
    return view.render(
        "job/definition.html",
        one=one,
        id=str(one.job.id),
        tab="definition",
        groups=_facts(one.job),
        fields=[
            (title_of(each.field), plain(each.field, each.before, zone), plain(each.field, each.after, zone))
            for diff in differs
            for each in diff.fields
        ],
    )


@pages.get("/jobs/{ref}/changes", role=Role.ADMIN)
def changes(view: View) -> Response:
    """Who changed what of it, and when."""
    one = view.services.jobs.get(view.path("ref"))
    text = view.query.get("page", "1")
    number = max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    found = view.services.people.audit(str(one.job.id), number, _PER_PAGE)
    return view.render(
        "job/changes.html",
        one=one,
        id=str(one.job.id),
        tab="changes",
        found=found,
        told=[told(row) for row in found.items],
    )


def _facts(job: Job) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields by group, as people read them."""
    form = shown_form(job)
    idle: frozenset[str] = frozenset() if job.policy.misfire is Misfire.ALL else _OF_EACH
    idle = idle if job.policy.retry.count else idle | _OF_RETRIES
    idle = idle if isinstance(job.schedule, Cron) else idle | {"dstPolicy"}
    return [
        (
            name,
            [
                (field.title, said(field.name, form[field.name], job.timezone))
                for field in members
                if field.name not in idle
            ],
        )
        for name, members in GROUPS.items()
        if name
    ]
