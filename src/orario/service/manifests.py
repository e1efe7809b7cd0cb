"""Jobs as YAML: written out, compared with what is there, put in place."""

from dataclasses import dataclass, replace
from typing import Any

import yaml
from pydantic import ValidationError

from orario.core.errors import Invalid, Problem, invalid
from orario.core.ids import new_id
from orario.core.job import Job
from orario.core.task import Task
from orario.service.actors import SYSTEM, Actor
from orario.service.catalog import task_named
from orario.service.defining import require_due, same_rule_of_time, usual_policy
from orario.service.documents import JobManifest, given
from orario.service.forms import FieldChange, changes_between, form_of, shown_form
from orario.service.tools import Change, Tools
from orario.service.writing import enter, put
from orario.store import calendars, jobs, jobsearch
from orario.store.jobsearch import JobFilter

_LARGEST = 5_000_000
_MOST_JOBS = 10_000
_PAGE = 500
_ALWAYS = ("slug", "name", "task", "jobType", "scheduleConfig")


@dataclass(frozen=True)
class PlannedChange:
    """What applying a file does to one job; those that it does not name stay as they are."""

    slug: str
    action: str  # "create", "change" or "unchanged"
    fields: list[FieldChange]


def export(tools: Tools) -> str:
    """All jobs as YAML, by slug; what is as usual is left out, secrets are masked."""
    with tools.database.reading() as connection:
        found: list[Job] = []
        while page := jobsearch.find(connection, JobFilter(), _PAGE, len(found)):
            found += page
    entries = [_entry(tools, job) for job in sorted(found, key=lambda job: job.slug)]
    return yaml.safe_dump({"jobs": entries}, sort_keys=False, allow_unicode=True, width=100)


def _entry(tools: Tools, job: Job) -> dict[str, Any]:
    task = tools.catalog.get(job.task)
    form, usual = shown_form(job), form_of(_usual(tools, job, task))
    return {field: value for field, value in form.items() if field in _ALWAYS or value != usual[field]}


def _usual(tools: Tools, job: Job, task: Task | None) -> Job:
    """What the shortest entry of this job would make."""
    bare = replace(
        job,
        description=None,
        args={},
        timezone=tools.settings.timezone,
        start=None,
        end=None,
        jitter=job.jitter * 0,
        excluded_dates=frozenset(),
        calendars=(),
        is_enabled=True,
    )
    return bare if task is None else replace(bare, queue=task.queue, policy=usual_policy(task))


def plan(tools: Tools, text: str) -> list[PlannedChange]:
    """What `apply` would do; nothing is written."""
    manifests = _read(text)
    with tools.database.reading() as connection:
        change = Change(connection, tools.clock, SYSTEM)
        return [_placed(tools, change, at, one, write=False) for at, one in enumerate(manifests)]


def apply(tools: Tools, text: str, actor: Actor) -> list[PlannedChange]:
    """Create and change jobs until they are as the file says, all or none; a second time changes nothing."""
    manifests = _read(text)
    with tools.changing(actor) as change:
        change.hold(*jobs.ids_of(change.connection, [one.slug for one in manifests]))
        return [_placed(tools, change, at, one, write=True) for at, one in enumerate(manifests)]


def _placed(tools: Tools, change: Change, at: int, manifest: JobManifest, *, write: bool) -> PlannedChange:
    try:
        return _place(tools, change, manifest, write)
    except Invalid as error:
        raise error.under("jobs", at) from None


def _place(tools: Tools, change: Change, manifest: JobManifest, write: bool) -> PlannedChange:
    task = task_named(tools.catalog, manifest.task, "task")
    before = jobs.find_by_slug(change.connection, manifest.slug)
    after = _wanted(tools, change, manifest, task, before)
    if before is None:
        if write:
            dates = calendars.dates(change.connection, after.calendars)
            enter(change, after, require_due(after, dates, change.now))
        return PlannedChange(manifest.slug, "create", [])
    fields = list(changes_between(_plain(tools, before), _plain(tools, after)))
    if fields and write:
        put(change, before, after, "job.apply")
    return PlannedChange(manifest.slug, "change" if fields else "unchanged", fields)


def _wanted(tools: Tools, change: Change, manifest: JobManifest, task: Task, before: Job | None) -> Job:
    """The job as the file says; what the file leaves out is as usual, not as it happens to be."""
    sent, by = given(manifest), change.actor.signature
    if before is None:
        job = tools.definer.new(sent, task, new_id(change.now), manifest.slug, change.now, by)
    else:
        usual = replace(_usual(tools, replace(before, task=task.name), task), args=before.args)
        whole = {"task_args": {}, "is_enabled": True, **sent}
        job = tools.definer.changed(replace(usual, is_enabled=before.is_enabled), whole, task, change.now, by)
        job = replace(job, updated_at=change.now, updated_by=by)
    dates = calendars.dates(change.connection, job.calendars)
    if before is None or not same_rule_of_time(before, job):
        require_due(job, dates, change.now)
    return job


def _plain(tools: Tools, job: Job) -> dict[str, Any]:
    return form_of(replace(job, args=tools.vault.open(job.args)))


class _Loader(yaml.SafeLoader):
    """YAML without dates, and without a document that unfolds into gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read(text: str) -> list[JobManifest]:
    if len(text) > _LARGEST:
        raise invalid(message=f"the file is longer than {_LARGEST} characters")
    try:
        found = yaml.load(text, _Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise invalid(message=f"this is no YAML that can be read{_where(error)}") from None
    entries = found.get("jobs") if isinstance(found, dict) and set(found) == {"jobs"} else None
    if not isinstance(entries, list) or len(entries) > _MOST_JOBS:
        raise invalid(message=f"the file must be a mapping with one key, jobs: a list of at most {_MOST_JOBS}")
    manifests = [_manifest(at, entry) for at, entry in enumerate(entries)]
    _refuse_twins(manifests)
    return manifests


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f": look at line {mark.line + 1}, column {mark.column + 1}"


def _manifest(at: int, entry: Any) -> JobManifest:
    try:
        return JobManifest.model_validate(entry)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Invalid(*(Problem(("jobs", at, *one["loc"]), one["msg"], one["type"]) for one in found)) from None


def _refuse_twins(manifests: list[JobManifest]) -> None:
    seen: set[str] = set()
    for at, manifest in enumerate(manifests):
        if manifest.slug in seen:
            raise invalid("jobs", at, "slug", message="stands in the file twice")
        seen.add(manifest.slug)
