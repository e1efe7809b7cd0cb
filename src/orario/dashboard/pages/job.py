"""One job: when it fires, how it went, what became of each due moment, and why."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.responses import Response

from orario.core.errors import Invalid, NotFound
from orario.core.execution import Execution, State, Trigger
from orario.core.planning import Reason
from orario.core.why import Answer, Verdict
from orario.dashboard.charts import Bar
from orario.dashboard.jobwhen import clock_changes, coming
from orario.dashboard.moments import absolute, length
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.dashboard.words import STATES, Look
from orario.service.executions import ExecutionFilter
from orario.service.jobs import JobView
from orario.service.ledger import LedgerFilter

pages = Pages()

_RUNS = 80  # in the chart
_PER_PAGE = 25
_LONGEST_QUERY = 400
_GAPS = "gaps"
GAPS: Mapping[Reason, tuple[Look, str]] = {
    Reason.PAUSED: (Look("paused", "calm", "pause"), "It was paused: what is due meanwhile does not run later."),
    Reason.MISSED: (Look("not run", "warn", "alert"), "Nobody attended to it in time, and its policy says no."),
    Reason.EXCLUDED: (Look("left out", "calm", "calendar"), "Its excluded dates or calendars leave it out."),
    Reason.BROKEN: (Look("broken", "bad", "alert"), "Its code was missing, or its schedule could not be used."),
}  # fmt: skip
_TROUBLED = (State.FAILED, State.TIMEOUT, State.CANCELLED, State.SKIPPED, State.MISSED)
_VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.RAN: ("good", "check"),
    Verdict.RAN_LATE: ("warn", "clock"),
    Verdict.RUNNING: ("busy", "spinner"),
    Verdict.WAITING: ("busy", "clock"),
    Verdict.DID_NOT_RUN: ("bad", "cross"),
    Verdict.NOT_DUE: ("calm", "slash"),
    Verdict.COMING: ("busy", "calendar"),
    Verdict.HELD: ("warn", "pause"),
}


class Asked(NamedTuple):
    """What of the ledger is asked for, as far as it means something."""

    show: str = ""
    trigger: str = ""
    text: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        show, trigger = query.get("show", ""), query.get("trigger", "")
        return cls(
            show if show in {*State, _GAPS} else "",
            trigger if trigger in set(Trigger) else "",
            query.get("q", "").strip()[:200],
            query.get("before", "")[:80],
        )

    @property
    def is_filtered(self) -> bool:
        return any(self[:3])

    @property
    def filter(self) -> LedgerFilter:
        return LedgerFilter(
            states=self._states,
            trigger=Trigger(self.trigger) if self.trigger else None,
            search=self.text or None,
            only_gaps=self.show == _GAPS,
        )

    @property
    def _states(self) -> Sequence[State]:
        if self.show and self.show != _GAPS:
            return (State(self.show),)
        # What went well says nothing: a search need not read all of it.
        return _TROUBLED if self.text else ()


@pages.get("/jobs/{ref}")
def job(view: View) -> Response:
    """The page."""
    try:
        found = view.services.jobs.get(view.path("ref"))
    except NotFound:
        return _gone(view, view.path("ref"))
    query = view.request.url.query[:_LONGEST_QUERY]
    view.shared["job", str(found.job.id)] = found
    return view.render(
        "job.html",
        one=found,
        id=str(found.job.id),
        asked=Asked.of(view.query),
        ledger_key=f"{found.job.id}?{query}",
        tab="",
        **_why(view, str(found.job.id)),
    )


def _gone(view: View, ref: str) -> Response:
    """Of a job that its app's code still declares: it was deleted, and can be brought back."""
    deleted = next((one for one in view.services.jobs.diff(ref) if one.is_deleted), None)
    if deleted is None:
        raise NotFound("There is no such job")
    return view.render("job/gone.html", 404, gone=deleted)


@pages.region("job.acts", "job/acts.html", every=2.0)
def acts(scene: Scene) -> Mapping[str, Any]:
    """What can be done with it as it stands."""
    return {"one": _job(scene, scene.key)}


@pages.region("job.head", "job/head.html", every=1.0)
def head(scene: Scene) -> Mapping[str, Any]:
    """How it stands, and the figures of its last runs."""
    runs = _runs(scene)
    took = [run.duration_seconds for run in runs if run.duration_seconds is not None and run.state is State.SUCCESS]
    lags = [lag for run in runs if (lag := lag_of(run)) is not None]
    ended = [run for run in runs if run.state in {State.SUCCESS, State.FAILED, State.TIMEOUT}]
    good = sum(run.state is State.SUCCESS for run in ended)
    one = _job(scene, scene.key)
    return {
        "one": one,
        "ended": len(ended),
        "rate": 100 * good / len(ended) if ended else None,
        "took": median(took) if took else None,
        "longest": max(took, default=None),
        "lag": median(lags) if lags else None,
        "latest": max(lags, default=None),
        "live": scene.services.executions.find(
            ExecutionFilter(job_ref=scene.key, states=(State.RUNNING,)), 1, 5
        ).items
        if one.running
        else [],
    }


@pages.region("job.history", "job/history.html", every=2.0)
def history(scene: Scene) -> Mapping[str, Any]:
    """Its last runs as bars: how long above, how late below."""
    runs = _runs(scene)[::-1]
    longest = max((run.duration_seconds or 0.0 for run in runs), default=0.0)
    took = [_length_of(run, longest, scene) for run in runs]
    lags = [lag_of(run) or 0.0 for run in runs]
    empty = [Bar({}, "")] * max(_RUNS // 2 - len(runs), 0)
    return {
        "runs": runs,
        "took": [*empty, *_bars(runs, took, max(took, default=0), scene)],
        "lags": [*empty, *_lag_bars(runs, lags, scene)],
        "longest": max(took, default=0),
        "latest": max(lags, default=0),
        "has_lags": any(lag_of(run) is not None for run in runs),
        "first": runs[0].scheduled_for if runs else None,
    }


@pages.region("job.schedule", "job/schedule.html", every=5.0)
def schedule(scene: Scene) -> Mapping[str, Any]:
    """When it fires, and what the clocks do to that."""
    one = _job(scene, scene.key)
    return {
        "one": one,
        "moments": coming(scene.services, one),
        "changes": clock_changes(scene.services, one.job, scene.now),
    }


@pages.region("job.ledger", "job/ledger.html", every=2.0)
def ledger(scene: Scene) -> Mapping[str, Any]:
    """The rows: `key` is the job's id and the page's query. Pages begin behind an entry: nothing shifts."""
    id, _, query = scene.key.partition("?")
    params = parse_qsl(query)
    asked = Asked.of(dict(params))
    try:
        page = scene.services.ledger.of_job(id, asked.filter, _PER_PAGE, asked.before or None)
    except Invalid:  # a cursor that somebody has typed
        page = scene.services.ledger.of_job(id, asked.filter, _PER_PAGE)
    return {
        "id": id,
        "one": _job(scene, id),
        "params": params,
        "asked": asked,
        "page": page,
        "gaps": GAPS,
    }


def lag_of(run: Execution) -> float | None:
    """How long after its moment it started, where that says something of the scheduler."""
    if run.started_at is None or run.trigger is not Trigger.SCHEDULER:
        return None
    return max((run.started_at - run.scheduled_for).total_seconds(), 0)


def _runs(scene: Scene) -> list[Execution]:
    """The last executions, the newest first."""
    return scene.once(("runs", scene.key), lambda: scene.services.executions.latest(scene.key, _RUNS))


def _job(scene: Scene, id: str) -> JobView:
    return scene.once(("job", id), lambda: scene.services.jobs.get(id))


def _length_of(run: Execution, longest: float, scene: Scene) -> float:
    """Of what still runs: as long as the longest yet, so that the chart does not change with every second."""
    if run.state is State.RUNNING and run.started_at is not None:
        return max((scene.now - run.started_at).total_seconds() // 10 * 10, longest) or 1.0
    return run.duration_seconds or 0.0


def _bars(runs: Sequence[Execution], took: Sequence[float], longest: float, scene: Scene) -> list[Bar]:
    return [
        Bar(
            {STATES[run.state].tone: max(seconds, longest * 0.04) or 1.0},
            f"{absolute(run.scheduled_for, scene.zone, scene.now)}: {run.state.value}, {_took(run)}",
            f"{scene.root}/executions/{run.id}",
        )
        for run, seconds in zip(runs, took, strict=True)
    ]


def _took(run: Execution) -> str:
    if run.state is State.RUNNING:
        return "under way"
    return length(run.duration_seconds) if run.started_at else run.reason or "did not start"


def _lag_bars(runs: Sequence[Execution], lags: Sequence[float], scene: Scene) -> list[Bar]:
    return [
        Bar(
            {"calm" if lag < 5 else "warn": lag},
            f"{absolute(run.scheduled_for, scene.zone, scene.now)}: started {length(lag)} after it was due",
            f"{scene.root}/executions/{run.id}",
        )
        for run, lag in zip(runs, lags, strict=True)
    ]


def _why(view: View, id: str) -> dict[str, Any]:
    """The answer to "why did it (not) run at …?", or why there is none."""
    asked = view.query.get("why")
    if asked is None:
        return {"why": None, "why_asked": "", "why_problem": "", "why_look": None}
    text = asked.strip()[:80]
    answer: Answer | None = None
    problem = ""
    try:
        answer = view.services.jobs.why(id, text or None)
    except (Invalid, NotFound) as error:
        problem = error.message
    look = None if answer is None else _VERDICTS[answer.verdict]
    return {"why": answer, "why_asked": text, "why_problem": problem, "why_look": look}
