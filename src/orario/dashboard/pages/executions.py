"""The list of executions: filtered, searched, paged, and many acted on at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.responses import Response

from orario.core.errors import invalid
from orario.core.execution import State, Trigger
from orario.dashboard.moments import zone as zone_of
from orario.dashboard.navigation import Link
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.executions import ExecutionFilter

pages = Pages()

_PER_PAGE = 50
SEARCHED = 50_000  # of the newest; whoever looks for what is older says until when
_LONGEST_QUERY = 800
_MOST = 500  # acted on at once


class Wanted(NamedTuple):
    """What a query asks for, as far as it means something."""

    state: str = ""
    trigger: str = ""
    job: str = ""
    queue: str = ""
    text: str = ""
    since: str = ""
    until: str = ""
    before: str = ""  # the last execution of the page before

    @property
    def is_filtered(self) -> bool:
        return any(self[1:7])

    def filter(self, zone: str) -> ExecutionFilter:
        """The same in the service's words; times without a zone are the reader's."""
        return ExecutionFilter(
            job_ref=self.job or None,
            states=(State(self.state),) if self.state else (),
            trigger=Trigger(self.trigger) if self.trigger else None,
            queue=self.queue or None,
            since=_moment(self.since, zone),
            until=_moment(self.until, zone),
            search=self.text or None,
            within=SEARCHED,
        )


@pages.get("/executions", link=Link("Executions", "executions", 30))
def executions(view: View) -> Response:
    """The list."""
    wanted = wanted_of(view.query)
    return view.render("executions.html", wanted=wanted, key=view.request.url.query[:_LONGEST_QUERY])


@pages.region("executions.list", "executions/list.html", every=2.0)
def fill(scene: Scene) -> Mapping[str, Any]:
    """The rows: `key` is the page's query. Pages begin behind an execution, so that nothing shifts as others come."""
    params = parse_qsl(scene.key)
    wanted = wanted_of(dict(params))
    found = scene.services.executions.find(
        wanted.filter(scene.zone), 1, _PER_PAGE, wanted.before if wanted.before else None
    )
    return {"params": params, "wanted": wanted, "found": found, "searched": SEARCHED}


@pages.post("/executions/act")
def act(view: View) -> Response:
    """One action on the executions that were ticked."""
    ids = view.form.every("execution")[:_MOST]
    if not ids:
        raise invalid("execution", message="tick an execution first")
    services = view.services.executions
    if view.form["action"] == "cancel":
        results, word = services.bulk_cancel(ids, view.actor), "asked to stop"
    elif view.form["action"] == "retry":
        results, word = services.bulk_retry(ids, view.actor), "run again"
    else:
        raise invalid("action", message="is not one of those that can be done")
    refused = [one for one in results if not one.is_done]
    done = len(results) - len(refused)
    text = f"{done:,} execution{'' if done == 1 else 's'} {word}."
    if refused:
        text += f" {len(refused):,} refused: {refused[0].message}"
    back = view.form["back"]
    return view.done(
        text, f"/executions{back if back.startswith('?') else ''}", "bad" if refused else "good", go=True
    )


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """The parts of a query that mean something; the rest is as if it were not there."""
    before = query.get("before", "")
    return Wanted(
        state=query.get("state", "") if query.get("state") in set(State) else "",
        trigger=query.get("trigger", "") if query.get("trigger") in set(Trigger) else "",
        job=query.get("job", "").strip()[:100],
        queue=query.get("queue", "").strip()[:200],
        text=query.get("q", "").strip()[:200],
        since=query.get("since", "") if _moment(query.get("since", ""), "UTC") else "",
        until=query.get("until", "") if _moment(query.get("until", ""), "UTC") else "",
        before=before if len(before) == 32 and before.isalnum() else "",
    )


def _moment(text: str, zone: str) -> datetime | None:
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return wall if wall.tzinfo else wall.replace(tzinfo=zone_of(zone))
