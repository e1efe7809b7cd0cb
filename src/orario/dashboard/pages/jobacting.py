"""What can be done to one job from its page: enable, disable, delete, reset, run what has passed. Each asks first."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from orario.core.errors import Conflict, Invalid
from orario.dashboard import jobform
from orario.dashboard.moments import absolute
from orario.dashboard.moments import zone as zone_of
from orario.dashboard.routing import Pages
from orario.dashboard.trail import plain, title_of
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.documents import BackfillDocument
from orario.service.jobs import BackfillView, JobView

pages = Pages()

_MOST_SHOWN = 200


def _asking(what: str) -> Callable[[View], Response]:
    def ask(view: View) -> Response:
        one = view.services.jobs.get(view.path("ref"))
        fields = [
            (title_of(each.field), plain(each.field, each.before), plain(each.field, each.after))
            for diff in view.services.jobs.diff(str(one.job.id))
            for each in diff.fields
        ]
        return view.render("job/asking.html", one=one, what=what, fields=fields if what == "reset" else [])

    return ask


for _what in ("enable", "disable", "delete", "reset"):
    pages.get(f"/jobs/{{ref}}/{_what}", role=Role.ADMIN)(_asking(_what))


@pages.post("/jobs/{ref}/enable", role=Role.ADMIN)
def enable(view: View) -> Response:
    """Its moments become executions, from now on."""
    one = view.services.jobs.set_enabled(view.path("ref"), True, view.actor)
    following = one.cursor.next_at
    when = f" It fires next at {absolute(following, view.zone, view.now)}." if following else ""
    return view.done(f"{one.job.name} is enabled.{when}", f"/jobs/{one.job.slug}", go=True)


@pages.post("/jobs/{ref}/disable", role=Role.ADMIN)
def disable(view: View) -> Response:
    """Nothing of it fires."""
    one = view.services.jobs.set_enabled(view.path("ref"), False, view.actor)
    return view.done(f"{one.job.name} is disabled.", f"/jobs/{one.job.slug}", go=True)


@pages.post("/jobs/{ref}/delete", role=Role.ADMIN)
def delete(view: View) -> Response:
    """It goes; its history stays."""
    one = view.services.jobs.get(view.path("ref"))
    view.services.jobs.delete(str(one.job.id), view.actor)
    return view.done(f"{one.job.name} is deleted.", "/jobs", go=True)


@pages.post("/jobs/{ref}/reset", role=Role.ADMIN)
def reset(view: View) -> Response:
    """It is what its app's code says, again."""
    one = view.services.jobs.reset(view.path("ref"), view.actor)
    return view.done(f"{one.job.name} is as its app's code says.", f"/jobs/{one.job.slug}/definition", go=True)


@pages.get("/jobs/{ref}/backfill", role=Role.OPERATOR)
def ask_to_backfill(view: View) -> Response:
    """Which stretch?"""
    one = view.services.jobs.get(view.path("ref"))
    since, until = view.query.get("since", ""), view.query.get("until", "")
    until = until or view.now.isoformat(timespec="minutes")
    since = since or (view.now - timedelta(days=1)).isoformat(timespec="minutes")
    return _show(view, one, _local(since, view.zone), _local(until, view.zone))


@pages.post("/jobs/{ref}/backfill")
def backfill(view: View) -> Response:
    """First show what would run; then run it."""
    one = view.services.jobs.get(view.path("ref"))
    since, until = view.form["since"].strip(), view.form["until"].strip()
    is_dry = view.form["do"] != "run"
    try:
        asked = {"since": _aware(since, view.zone), "until": _aware(until, view.zone), "dryRun": is_dry}
        document = jobform.checked(BackfillDocument, asked)
        found = view.services.jobs.backfill(str(one.job.id), document, view.actor)
    except Invalid as error:
        return _show(view, one, since, until, 422, problems=_placed(error))
    except Conflict as error:
        return _show(view, one, since, until, 409, problems={"": error.message})
    if is_dry:
        return _show(view, one, since, until, found=found)
    said = f"{found.opened:,} execution{' was' if found.opened == 1 else 's were'} opened."
    return view.done(said, f"/jobs/{one.job.slug}?trigger=backfill", "good" if found.opened else "plain")


def _placed(error: Invalid) -> dict[str, str]:
    """What is wrong by the field, where it is one of the form's."""
    known = {"since", "until"}
    return {(str(one.loc[0]) if one.loc and one.loc[0] in known else ""): one.message for one in error.problems}


def _show(
    view: View,
    one: JobView,
    since: str,
    until: str,
    status: int = 200,
    *,
    found: BackfillView | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    given: dict[str, Any] = {"since": since, "until": until, "found": found, "problems": problems or {}}
    return view.render("job/backfill.html", status, one=one, most=_MOST_SHOWN, **given)


def _aware(text: str, zone: str) -> str:
    """A time of a form's, which names no zone: it is the reader's."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return text  # the service says what is wrong with it
    return (wall if wall.tzinfo else wall.replace(tzinfo=zone_of(zone))).isoformat()


def _local(text: str, zone: str) -> str:
    """A moment of a link's, as a browser's field for times has it."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (
        (wall.astimezone(zone_of(zone)) if wall.tzinfo else wall).replace(tzinfo=None).isoformat(timespec="seconds")
    )
