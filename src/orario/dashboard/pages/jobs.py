"""The list of jobs: searched, filtered, sorted, grouped, and many acted on at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from orario.core.errors import Forbidden, invalid
from orario.dashboard.charts import Bar
from orario.dashboard.moments import length, local
from orario.dashboard.navigation import Link
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.dashboard.words import STATES
from orario.service.actors import Role
from orario.service.documents import BulkDocument
from orario.service.jobs import JobView
from orario.service.listing import GROUPS, RUNNING_NOW, SORTS, Facets, Listed, Run, Standing, Wanted, standing_of

pages = Pages()

_PER_PAGE = 50
_LONGEST_QUERY = 800
_DONE = {
    "trigger": "started",
    "pause": "paused",
    "resume": "resumed",
    "enable": "enabled",
    "disable": "disabled",
}


@pages.get("/jobs", link=Link("Jobs", "jobs", 20))
def jobs(view: View) -> Response:
    """The list."""
    wanted = _wanted(view.query)
    facets = view.services.listing.facets()
    return view.render(
        "jobs.html",
        wanted=wanted,
        facets=facets,
        key=view.request.url.query[:_LONGEST_QUERY],
        tabs=_tabs(facets),
        is_filtered=any((wanted.text, wanted.app, wanted.queue, wanted.task, wanted.state)),
    )


@pages.region("jobs.list", "jobs/list.html", every=3.0)
def fill(scene: Scene) -> Mapping[str, Any]:
    """The rows: `key` is the page's query."""
    params = parse_qsl(scene.key)
    wanted = _wanted(dict(params))
    found = scene.services.listing.find(wanted, _page_of(dict(params)), _PER_PAGE)
    return {
        "params": params,
        "wanted": wanted,
        "found": found,
        "groups": _grouped(found, wanted.group),
        "spark": lambda id: _spark(found.runs[id], scene),
    }


@pages.post("/jobs/act")
def act(view: View) -> Response:
    """One action on the jobs that were ticked."""
    action, ids = view.form["action"], view.form.every("job")
    if action not in _DONE:
        raise invalid("action", message="is not one of those that can be done")
    if action in {"enable", "disable"} and not view.may(Role.ADMIN):
        raise Forbidden("This needs the role admin.")
    if not ids:
        raise invalid("job", message="tick a job first")
    document = BulkDocument.model_validate({"action": action, "jobIds": ids[:500]})
    results = view.services.jobs.bulk(document, view.actor)
    refused = [one for one in results if not one.is_done]
    done = len(results) - len(refused)
    text = f"{done:,} job{'' if done == 1 else 's'} {_DONE[action]}."
    if refused:
        text += f" {len(refused):,} refused: {refused[0].message}"
    back = view.form["back"]
    return view.done(text, f"/jobs{back if back.startswith('?') else ''}", "bad" if refused else "good", go=True)


def _wanted(query: Mapping[str, str]) -> Wanted:
    sort = query.get("sort", "name")
    states = {*Standing, RUNNING_NOW}
    return Wanted(
        text=query.get("q", "").strip()[:200],
        app=query.get("app", "")[:200],
        queue=query.get("queue", "")[:200],
        task=query.get("task", "")[:200],
        state=query.get("state", "") if query.get("state") in states else "",
        sort=sort.lstrip("-") if sort.lstrip("-") in SORTS else "name",
        is_down=sort.startswith("-"),
        group=query.get("group", "") if query.get("group") in GROUPS else "",
    )


def _page_of(query: Mapping[str, str]) -> int:
    text = query.get("page", "1")
    return min(max(int(text), 1), 1_000_000) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _grouped(found: Listed, group: str) -> Sequence[tuple[str, list[JobView]]]:
    """The page's jobs under the names of their groups, in order."""
    groups: list[tuple[str, list[JobView]]] = []
    for one in found.page.items:
        name = _group_of(one, group)
        if not groups or groups[-1][0] != name:
            groups.append((name, []))
        groups[-1][1].append(one)
    return groups


def _group_of(view: JobView, group: str) -> str:
    if group == "app":
        return view.job.app or "made by people"
    return {"queue": view.job.queue, "state": standing_of(view).value}.get(group, "")


def _tabs(facets: Facets) -> list[tuple[str, str, int | None]]:
    counted: list[tuple[str, str, int | None]] = [
        (one.value, one.value.capitalize(), facets.states.get(one, 0)) for one in Standing if facets.states.get(one)
    ]
    return [("", "All", facets.total), (RUNNING_NOW, "Running", None), *counted]


def _spark(runs: Sequence[Run], scene: Scene) -> list[Bar]:
    """The last runs: the longer, the higher; those that never ran are low."""
    longest = max((run.seconds or 0 for run in runs), default=0) or 1.0
    return [
        Bar(
            {STATES[run.state].tone: 25 + 75 * (run.seconds or 0) / longest},
            f"{local(run.at, scene.zone):%d %b %H:%M:%S}: {run.state.value}, {length(run.seconds)}",
            f"{scene.root}/executions/{run.id}",
        )
        for run in runs
    ]
