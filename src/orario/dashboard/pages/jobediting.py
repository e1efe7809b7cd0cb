"""Making and changing a job: one form, which shows what it means before anything is saved."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from orario.core.errors import Conflict, Invalid, NotFound, Outdated
from orario.core.secrecy import MASK
from orario.core.zones import zone_names
from orario.dashboard import argfields, jobform
from orario.dashboard.jobfields import FIELDS, GROUPS, summary
from orario.dashboard.jobform import Texts
from orario.dashboard.moments import absolute
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.documents import JobChanges, JobDocument
from orario.service.jobs import JobView
from orario.service.schedules import Preview
from orario.service.tasks import TaskView

pages = Pages()

_MOST_TASKS = 500


@dataclass(frozen=True, kw_only=True)
class Shown:
    """How the form stands."""

    job: JobView | None
    task: TaskView
    texts: Texts
    base: Texts
    version: int = 0
    problems: Mapping[str, str] = field(default_factory=dict)
    said: str = ""  # what was refused, if no field is to blame
    others: Sequence[tuple[str, str, str, str | None]] = ()  # field, was, is, yours: changed meanwhile by others


@pages.get("/jobs/new", role=Role.ADMIN)
def ask_for_new(view: View) -> Response:
    """A new job: first its task, then the rest. Or one like another."""
    if view.query.get("from"):
        return _alike(view, view.services.jobs.get(view.query["from"]))
    chosen = view.query.get("task", "")
    if not chosen:
        return view.render("job/tasks.html", tasks=_tasks(view))
    task = _task(view, chosen)
    texts = jobform.texts_of_new(task, view.desk.settings.timezone)
    return _show(view, Shown(job=None, task=task, texts=texts, base=texts))


def _alike(view: View, other: JobView) -> Response:
    if other.task is None or not other.task.is_known:
        raise Conflict("The task of this job is not there; its app has to be started first")
    texts = jobform.texts_of_job(other.job, other.task)
    texts |= {"name": f"{other.job.name} (copy)"[:200], "slug": ""}
    # What is masked cannot be copied: it has to be given anew.
    texts = {name: "" if MASK in text else text for name, text in texts.items()}
    base = jobform.texts_of_new(other.task, view.desk.settings.timezone)
    return _show(view, Shown(job=None, task=other.task, texts=texts, base=base))


@pages.post("/jobs/new", role=Role.ADMIN)
def make(view: View) -> Response:
    """Make it, or show what it would be."""
    texts = jobform.texts_of_form(view.form)
    task = _task(view, texts[jobform.TASK])
    base = jobform.texts_of_new(task, view.desk.settings.timezone)
    shown = Shown(job=None, task=task, texts=texts, base=base)
    if view.form["do"] != "save":
        return _show(view, shown)
    try:
        touched = jobform.changed(base, texts) | {"name", *jobform.WHEN}
        sent = jobform.document(texts, touched, task) | {"taskFunctionId": task.id}
        made = view.services.jobs.create(jobform.checked(JobDocument, sent), view.actor)
    except Invalid as error:
        return _refused(view, shown, error)
    except Conflict as error:
        return _refused(view, shown, error)
    return view.done(_said(view, made, "was made"), f"/jobs/{made.job.slug}")


@pages.get("/jobs/{ref}/edit", role=Role.ADMIN)
def ask_for_changes(view: View) -> Response:
    """The job in the form."""
    found = view.services.jobs.get(view.path("ref"))
    texts = jobform.texts_of_job(found.job, found.task)
    return _show(view, _shown(view, found, texts, texts))


@pages.post("/jobs/{ref}/edit", role=Role.ADMIN)
def change(view: View) -> Response:
    """Save what was touched, or show what it would be."""
    found = view.services.jobs.get(view.path("ref"))
    texts = jobform.texts_of_form(view.form)
    now = jobform.texts_of_job(found.job, found.task)
    shown = _shown(view, found, texts, jobform.base_of(view.form) or now, _number(view.form["version"]))
    if view.form["do"] != "save":
        return _show(view, shown)
    if shown.version != found.job.version:
        return _met(view, shown, now)
    touched = jobform.changed(shown.base, texts)
    if not touched:
        return view.done("Nothing was changed.", f"/jobs/{found.job.slug}", "plain")
    try:
        sent = jobform.document(texts, touched, shown.task)
        changes = jobform.checked(JobChanges, sent)
        after = view.services.jobs.change(str(found.job.id), changes, view.actor, if_version=shown.version)
    except Invalid as error:
        return _refused(view, shown, error)
    except Outdated:
        fresh = view.services.jobs.get(str(found.job.id))
        return _met(view, _shown(view, fresh, texts, shown.base), jobform.texts_of_job(fresh.job, fresh.task))
    except Conflict as error:
        return _refused(view, shown, error)
    return view.done(_said(view, after, "is changed"), f"/jobs/{after.job.slug}")


@pages.post("/jobs/preview", role=Role.ADMIN)
def preview(view: View) -> Response:
    """What the form means, for a script that shows it while somebody types."""
    texts, base = jobform.texts_of_form(view.form), jobform.base_of(view.form)
    return view.render("job/preview.html", **_meaning(view, texts, base))


def _shown(view: View, found: JobView, texts: Texts, base: Texts, version: int | None = None) -> Shown:
    chosen = texts.get(jobform.TASK, "")
    if chosen and (found.task is None or chosen != str(found.task.id)):
        task = _task(view, chosen)
    elif found.task is not None:
        task = found.task
    else:
        raise Conflict("The task of this job is not there; its app has to be started first")
    return Shown(
        job=found,
        task=task,
        texts=texts,
        base=base,
        version=found.job.version if version is None else version,
    )


def _show(view: View, shown: Shown, status: int = 200) -> Response:
    is_ours = shown.job is not None and shown.job.task is not None and shown.job.task.id == shown.task.id
    args = shown.job.job.args if shown.job is not None and is_ours else {}
    is_untouched = shown.texts is shown.base
    return view.render(
        "job/form.html",
        status,
        shown=shown,
        is_typed=len(view.form) > 0,
        fields=FIELDS,
        groups={name: members for name, members in GROUPS.items() if name},
        args=argfields.fields_of(shown.task.args_schema, args, None if is_untouched else shown.texts),
        tasks=_tasks(view, shown.task),
        zones=sorted(zone_names()),
        base=json.dumps(dict(shown.base)),
        touched=jobform.changed(shown.base, shown.texts),
        summary_of=summary,
        usual_zone=view.desk.settings.timezone,
        options_of_tasks=_options,
        calendars=[one.name for one in view.services.schedules.calendars()],
        queues=[one.name for one in view.services.cluster.queues()],
        **_meaning(view, shown.texts, shown.base, shown.problems),
    )


def _meaning(view: View, texts: Texts, base: Texts, problems: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the form says of times, and what saving it would change."""
    found: Preview | None = None
    wrong = dict(problems or {})
    try:
        found = view.services.schedules.preview(jobform.schedule_document(texts))
        told = found.problems
    except Invalid as error:
        told = list(error.problems)
    wrong = {**jobform.placed(told, texts), **wrong}
    touched = sorted(jobform.changed(base, texts), key=list({**base, **texts}).index) if base else []
    return {
        "preview": None if found is None or found.problems else found,
        "time_problems": [f"{jobform.title_of(name)}: {said}" for name, said in jobform.placed(told, texts).items()],
        "problems": wrong,
        "differences": [(jobform.title_of(name), base.get(name, ""), texts.get(name, "")) for name in touched],
    }


def _met(view: View, shown: Shown, now: Texts) -> Response:
    """Somebody else has changed the job since this form was opened: both changes, side by side, and one form."""
    mine, theirs = jobform.changed(shown.base, shown.texts), jobform.changed(shown.base, now)
    merged = {**now, **{name: shown.texts.get(name, "") for name in mine}}
    assert shown.job is not None
    others = [
        (jobform.title_of(name), shown.base.get(name, ""), now.get(name, ""), merged[name] if name in mine else None)
        for name in sorted(theirs)
    ]
    said = f"{shown.job.job.updated_by or 'Somebody'} has changed this job since you opened it."
    version = shown.job.job.version
    fresh = Shown(job=shown.job, task=shown.task, texts=merged, base=now, version=version, said=said, others=others)
    return _show(view, fresh, 409)


def _refused(view: View, shown: Shown, error: Invalid | Conflict) -> Response:
    problems = jobform.placed(error.problems, shown.texts) if isinstance(error, Invalid) else {"": error.message}
    said = problems.pop("", "")
    return _show(
        view,
        Shown(
            job=shown.job,
            task=shown.task,
            texts=shown.texts,
            base=shown.base,
            version=shown.version,
            problems=problems,
            said=said or f"{len(problems)} field{' needs' if len(problems) == 1 else 's need'} another look.",
        ),
        422 if isinstance(error, Invalid) else 409,
    )


def _said(view: View, found: JobView, what: str) -> str:
    """When it fires next is part of the answer."""
    following = found.cursor.next_at
    if following is None:
        why = (
            "is disabled" if not found.job.is_enabled else "is paused" if found.job.pause else "is not due by itself"
        )
        return f"{found.job.name} {what}. It {why}."
    return f"{found.job.name} {what}. It fires next at {absolute(following, view.zone, view.now)}."


def _tasks(view: View, also: TaskView | None = None) -> list[TaskView]:
    found = view.services.tasks.find(True, 1, _MOST_TASKS).items
    known = [one for one in found if not one.is_system]
    return known if also is None or also.id in {one.id for one in known} else [also, *known]


def _options(found: Sequence[TaskView]) -> list[tuple[str, str]]:
    return [(str(one.id), f"{one.display_name} ({one.name})") for one in found]


def _task(view: View, text: str) -> TaskView:
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise NotFound("There is no such task")
    return view.services.tasks.get(int(text))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
