"""Running a job now: it asks for the arguments, then says how it went."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from orario.core.errors import Conflict, Forbidden, Invalid, invalid
from orario.dashboard import argfields, jobform
from orario.dashboard.jobfields import FIELDS, parsed
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.documents import TriggerDocument
from orario.service.jobs import JobView

pages = Pages()


@pages.get("/jobs/{ref}/run", role=Role.OPERATOR)
def ask_to_run(view: View) -> Response:
    """Run it now, with which arguments?"""
    return _show(view, view.services.jobs.get(view.path("ref")))


@pages.post("/jobs/{ref}/run")
def run(view: View) -> Response:
    """Run it now. Arguments that nobody touched are the job's own."""
    one = view.services.jobs.get(view.path("ref"))
    given = jobform.texts_of_form(view.form)
    try:
        asked = _asked(one, given)
        opened = view.services.jobs.trigger(str(one.job.id), view.actor, asked.task_args, asked.priority)
    except (Conflict, Forbidden, Invalid) as error:
        if view.is_script:
            raise
        status = {Conflict: 409, Forbidden: 403}.get(type(error), 422)
        problems = jobform.placed(error.problems, given) if isinstance(error, Invalid) else {"": error.message}
        return _show(view, one, given, problems, status)
    wait, link = view.url(f"/executions/{opened.id}/outcome"), view.url(f"/executions/{opened.id}")
    return view.done(f"{opened.job_name} was started.", f"/executions/{opened.id}", wait=wait, link=link)


def _show(
    view: View,
    one: JobView,
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    schema = None if one.task is None else one.task.args_schema
    return view.render(
        "asking/run.html",
        status,
        one=one,
        args=argfields.fields_of(schema, one.job.args, given),
        priority=FIELDS["priority"],
        level=str(one.job.policy.priority) if given is None else given.get("priority", ""),
        problems=problems or {},
    )


def _asked(one: JobView, given: Mapping[str, str]) -> TriggerDocument:
    schema = None if one.task is None else one.task.args_schema
    found: dict[str, Any] = {}
    sent = {name: given[name] for name in argfields.names(given)}
    if sent and sent != argfields.texts_of(argfields.fields_of(schema, one.job.args)):
        args = argfields.read(schema, given)
        if args != one.job.args:
            found["taskArgs"] = args
    try:
        priority = parsed(FIELDS["priority"], given.get("priority", ""))
    except ValueError as error:
        raise invalid("priority", message=str(error)) from None
    if priority is not None and priority != one.job.policy.priority:
        found["priority"] = priority
    return jobform.checked(TriggerDocument, found)
