"""One execution: how it stands, what it logged, what came of it, and what can be done about it."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from orario.core.errors import Invalid, NotFound, invalid
from orario.core.execution import Execution, Level, State
from orario.dashboard import loglines
from orario.dashboard.bundle import bundle
from orario.dashboard.regions import Scene
from orario.dashboard.routing import Pages
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.jobs import JobView
from orario.service.services import Services

pages = Pages()

_UNSTARTED = {State.PENDING, State.SKIPPED, State.MISSED}


@pages.get("/executions/{id}")
def execution(view: View) -> Response:
    """The page."""
    found = view.services.executions.get(view.path("id"))
    asked = loglines.Asked.of(view.query)
    lines = loglines.page(view.services, found.id, asked)
    job = job_of(view.services, found)
    return view.render(
        "execution.html",
        one=found,
        job=job,
        asked=asked,
        lines=loglines.shown(lines, view.zone),
        is_whole=len(lines) < loglines.AT_ONCE,
        levels_to_choose=[(level.value, f"{level.value} and graver") for level in Level if level is not Level.TRACE],
        curl=_curl(view, found, job),
    )


@pages.region("execution.head", "execution/head.html")
def head(scene: Scene) -> Mapping[str, Any]:
    """How it stands."""
    found = scene.services.executions.get(scene.key)
    job = job_of(scene.services, found)
    return {
        "one": found,
        "job": job,
        "late": None if found.started_at is None else (found.started_at - found.scheduled_for).total_seconds(),
        "tries": None if job is None else 1 + job.job.policy.retry.count,
        "host": _host(scene.services, found),
        "why": _why(scene.services, found),
    }


@pages.region("execution.outcome", "execution/outcome.html")
def outcome(scene: Scene) -> Mapping[str, Any]:
    """What came of it, try by try."""
    found = scene.services.executions.get(scene.key)
    job = job_of(scene.services, found)
    own = job.job.args if job is not None and found.args is None else found.args
    return {"one": found, "attempts": scene.services.executions.attempts(found.id), "args": own}


@pages.get("/executions/{id}/log")
def log(view: View) -> Response:
    """More lines for a script: those after or before one, as they stand on the page."""
    asked = loglines.Asked.of(view.query)
    lines = loglines.page(view.services, view.path("id"), asked)
    html = view.desk.environment.get_template("execution/lines.html").render(lines=loglines.shown(lines, view.zone))
    ends = (lines[0].id, lines[-1].id) if lines else (0, asked.after)
    return JSONResponse({"html": html, "first": ends[0], "last": ends[1], "more": len(lines) == loglines.AT_ONCE})


@pages.get("/executions/{id}/log.txt")
def log_as_text(view: View) -> Response:
    """All of the log, to keep."""
    found = view.services.executions.get(view.path("id"))
    text = "".join(loglines.texts(view.services, found.id))
    return _download(text.encode(), f"{found.id}.log", "text/plain; charset=utf-8")


@pages.get("/executions/{id}/bundle.zip")
def incident(view: View) -> Response:
    """All that is known of it in one file, for whoever looks into it elsewhere."""
    found = view.services.executions.get(view.path("id"))
    content = bundle(view.services, found, job_of(view.services, found), view.desk.version, view.now)
    return _download(content, f"incident-{found.id}.zip", "application/zip")


@pages.get("/executions/{id}/cancel", role=Role.OPERATOR)
def ask_to_cancel(view: View) -> Response:
    """End it?"""
    return view.render("asking/cancel.html", one=view.services.executions.get(view.path("id")))


@pages.post("/executions/{id}/cancel")
def cancel(view: View) -> Response:
    """End it."""
    found = view.services.executions.cancel(view.path("id"), view.actor)
    text = "It is cancelled." if found.state.is_final else "It was asked to stop."
    return view.done(text, f"/executions/{found.id}", go=True)


@pages.get("/executions/{id}/retry", role=Role.OPERATOR)
def ask_to_retry(view: View) -> Response:
    """Run it again, as it was or with other arguments?"""
    found = view.services.executions.get(view.path("id"))
    return view.render("asking/retry.html", one=found, args=_as_text(_args(view.services, found)), problem="")


@pages.post("/executions/{id}/retry")
def retry(view: View) -> Response:
    """Run it again."""
    services, id, text = view.services.executions, view.path("id"), view.form["args"]
    found = services.get(id)
    try:
        changed = None if text.strip() == _as_text(_args(view.services, found)) else _parsed(text)
        opened = services.retry(id, view.actor, changed)
    except Invalid as error:
        if view.is_script:
            raise
        return view.render("asking/retry.html", 422, one=found, args=text, problem=error.message)
    return view.done(f"{opened.job_name} runs again.", f"/executions/{opened.id}", go=True)


def job_of(services: Services, found: Execution) -> JobView | None:
    """Its job; None for one that was deleted."""
    try:
        return services.jobs.get(str(found.job_id))
    except NotFound:
        return None


def _args(services: Services, found: Execution) -> Mapping[str, Any]:
    if found.args is not None:
        return found.args
    job = job_of(services, found)
    return {} if job is None else job.job.args


def _as_text(args: Mapping[str, Any]) -> str:
    return json.dumps(dict(args), indent=2, ensure_ascii=False)


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise invalid("args", message=f"is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise invalid("args", message="is not an object of names and values")
    return found


def _host(services: Services, found: Execution) -> str | None:
    """The machine of the instance that carries it, or carried it last."""
    if found.carrier is None:
        return None
    hosts = {one.id: f"{one.hostname}, process {one.pid}" for one in services.cluster.status().instances}
    return hosts.get(found.carrier, f"instance {str(found.carrier)[:8]}, gone by now")


def _why(services: Services, found: Execution) -> str | None:
    """Why it has not started, in a sentence."""
    if found.state not in _UNSTARTED or found.attempt:
        return None
    try:
        return services.jobs.why(str(found.job_id), found.scheduled_for.isoformat()).headline
    except (NotFound, Invalid):
        return None


def _curl(view: View, found: Execution, job: JobView | None) -> str:
    """The same run, asked for on a command line."""
    base = f"{view.request.url.scheme}://{view.request.url.netloc}{view.url('')}"
    body = "" if found.args is None else f" \\\n  -H 'Content-Type: application/json' -d {_quoted(_body(found))}"
    where = f"executions/{found.id}/retry" if job is None else f"jobs/{job.job.slug}/trigger"
    return f'curl -X POST {base}/api/v1/scheduler/{where} \\\n  -H "Authorization: Bearer $ORARIO_TOKEN"{body}'


def _body(found: Execution) -> str:
    return json.dumps({"taskArgs": dict(found.args or {})}, ensure_ascii=False)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _download(content: bytes, name: str, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
