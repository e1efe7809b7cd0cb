"""Running a job now: it asks first, then says how it went."""

from starlette.responses import Response

from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role

pages = Pages()


@pages.get("/jobs/{ref}/run", role=Role.OPERATOR)
def ask_to_run(view: View) -> Response:
    """Run it now?"""
    return view.render("asking/run.html", one=view.services.jobs.get(view.path("ref")))


@pages.post("/jobs/{ref}/run")
def run(view: View) -> Response:
    """Run it now."""
    ref = view.path("ref")
    opened = view.services.jobs.trigger(ref, view.actor)
    wait, link = view.url(f"/executions/{opened.id}/outcome"), view.url(f"/executions/{opened.id}")
    return view.done(f"{opened.job_name} was started.", f"/executions/{opened.id}", wait=wait, link=link)
