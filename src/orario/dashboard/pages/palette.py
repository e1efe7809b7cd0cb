"""The command palette: pages, jobs, executions and what can be done, by a few letters."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from starlette.responses import JSONResponse, Response

from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.dashboard.words import icon_of_job
from orario.service.actors import Role
from orario.service.jobs import JobView

pages = Pages()

_MOST = 14


class Verb(NamedTuple):
    """What may be done to a job: its word, its sign, who may, and whether it is asked in a dialog."""

    word: str
    icon: str
    role: Role
    is_asked: bool


_VERBS = {
    "run": Verb("Run", "play", Role.OPERATOR, True),
    "pause": Verb("Pause", "pause", Role.OPERATOR, True),
    "resume": Verb("Resume", "refresh", Role.OPERATOR, True),
    "backfill": Verb("Backfill", "history", Role.OPERATOR, False),
    "edit": Verb("Edit", "edit", Role.ADMIN, False),
}


@pages.get("/palette")
def palette(view: View) -> Response:
    """What these letters may mean, the likeliest first."""
    text = view.query.get("q", "").strip()[:200]
    verb, _, rest = text.partition(" ")
    known = _VERBS.get(verb.lower())
    if known is not None and view.may(known.role):
        found = list(_commands(view, verb.lower(), known, rest.strip()))
    else:
        found = [*_execution(view, text), *_places(view, text), *_jobs(view, text)]
    return JSONResponse(found[:_MOST])


def _commands(view: View, verb: str, known: Verb, text: str) -> Iterator[dict[str, Any]]:
    for one in view.services.listing.named(text):
        path = f"/jobs/{one.job.slug}/{verb}"
        entry = _entry(view, f"{known.word} {one.job.name}", path, known.icon, one.job.slug)
        yield entry | {"dialog": known.is_asked}


def _execution(view: View, text: str) -> Iterator[dict[str, Any]]:
    try:
        id = UUID(text)
    except ValueError:
        return
    yield _entry(view, "Open this execution", f"/executions/{id}", "executions", str(id))


def _places(view: View, text: str) -> Iterator[dict[str, Any]]:
    wanted = text.lower()
    for link in view.desk.links:
        if view.may(link.role) and wanted in link.title.lower():
            yield _entry(view, link.title, link.path, link.icon, link.group or "page")
    if wanted and wanted in "your account password time zone theme dark light":
        yield _entry(view, "Your account", "/account", "person", "password, zone, colours")
    if not wanted and view.may(Role.OPERATOR):
        yield _entry(view, "Run a job…", "/jobs", "play", "type: run, and its name")
        verbs = ", ".join(name for name, one in _VERBS.items() if view.may(one.role) and name != "run")
        yield _entry(view, "Do more with a job…", "/jobs", "jobs", f"{verbs}, and its name")


def _jobs(view: View, text: str) -> Iterator[dict[str, Any]]:
    if text:
        yield from (_job(view, one) for one in view.services.listing.named(text))


def _job(view: View, one: JobView) -> dict[str, Any]:
    return _entry(view, one.job.name, f"/jobs/{one.job.slug}", icon_of_job(one.job.slug, one.job.task), one.job.slug)


def _entry(view: View, title: str, path: str, icon: str, note: str) -> dict[str, Any]:
    return {"title": title, "href": view.url(path), "icon": icon, "note": note}
