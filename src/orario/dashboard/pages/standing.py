"""Small things done to one job from anywhere: run it now, pause it, resume it. Each asks first."""

from datetime import datetime

from starlette.responses import Response

from orario.core.errors import Invalid
from orario.dashboard.moments import zone as zone_of
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role

pages = Pages()


@pages.get("/jobs/{ref}/pause", role=Role.OPERATOR)
def ask_to_pause(view: View) -> Response:
    """Pause it, why, and until when?"""
    return view.render(
        "asking/pause.html", one=view.services.jobs.get(view.path("ref")), problem="", note="", until=""
    )


@pages.post("/jobs/{ref}/pause")
def pause(view: View) -> Response:
    """Pause it."""
    ref, note, until = view.path("ref"), view.form["note"].strip(), view.form["until"].strip()
    try:
        found = view.services.jobs.pause(ref, note or None, _moment(until, view.zone), view.actor)
    except Invalid as error:
        if view.is_script:
            raise
        given = {"problem": error.message, "note": note, "until": until}
        return view.render("asking/pause.html", 422, one=view.services.jobs.get(ref), **given)
    return view.done(f"{found.job.name} is paused.", _back(view, ref), go=True)


@pages.get("/jobs/{ref}/resume", role=Role.OPERATOR)
def ask_to_resume(view: View) -> Response:
    """Go on?"""
    return view.render("asking/resume.html", one=view.services.jobs.get(view.path("ref")))


@pages.post("/jobs/{ref}/resume")
def resume(view: View) -> Response:
    """Go on from now."""
    ref = view.path("ref")
    found = view.services.jobs.resume(ref, view.actor)
    return view.done(f"{found.job.name} goes on.", _back(view, ref), go=True)


def _moment(text: str, zone: str) -> str | None:
    """A moment of a form's, which names no zone: it is the reader's."""
    if not text:
        return None
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return text  # the service says what is wrong with it
    return (wall if wall.tzinfo else wall.replace(tzinfo=zone_of(zone))).isoformat()


def _back(view: View, ref: str) -> str:
    return "/jobs" if view.form["back"] == "list" else f"/jobs/{ref}"
