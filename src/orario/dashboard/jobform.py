"""The form in which a job is made and changed: filled from a job, and read into what the services take."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from orario.core.errors import Invalid, Problem
from orario.core.job import Job
from orario.core.schedule import At, Cron, Every, Schedule
from orario.core.scheduleconfig import KINDS, kind_of
from orario.dashboard import argfields
from orario.dashboard.jobfields import FIELDS, interval_text, parsed, seconds, shown, wall_text
from orario.service.documents import JobFields, SchedulePreviewDocument
from orario.service.forms import shown_form
from orario.service.tasks import TaskView

Texts = Mapping[str, str]
Model = TypeVar("Model", bound=BaseModel)

WHEN = ("kind", "every", "cron", "at")
ENABLED, TASK = "isEnabled", "task"
_NUMBERS = {word: str(id) for id, word in KINDS.items()}
_SAID_BY = {"1": "every", "2": "cron", "3": "at"}  # the field in which a kind of schedule is said
_TIMES = ("timezone", "dstPolicy", "startAt", "endAt", "excludeDates", "excludeCalendars")
_TITLES = {
    "kind": "Schedule",
    "every": "Every",
    "cron": "Cron expression",
    "at": "At",
    ENABLED: "Enabled",
    TASK: "Task",
    argfields.REST: "Other arguments",
}


def texts_of_job(job: Job, task: TaskView | None) -> dict[str, str]:
    """The form as a job fills it; secrets are masked."""
    form = shown_form(job)
    texts = {name: shown(field, form[name], job.timezone) for name, field in FIELDS.items()}
    texts |= _when(job.schedule, job.timezone)
    texts[TASK] = "" if task is None else str(task.id)
    texts[ENABLED] = "on" if job.is_enabled else ""
    schema = None if task is None else task.args_schema
    return texts | argfields.texts_of(argfields.fields_of(schema, form["taskArgs"]))


def texts_of_new(task: TaskView, timezone: str) -> dict[str, str]:
    """The form as it is before anything was said."""
    usual = {
        (field.alias or name): field.get_default(call_default_factory=True)
        for name, field in JobFields.model_fields.items()
    }
    texts = {name: shown(field, usual.get(name), timezone) for name, field in FIELDS.items()}
    texts |= {"kind": "2", "every": "10m", "cron": "0 2 * * *", "at": "", TASK: str(task.id), ENABLED: "on"}
    return texts | argfields.texts_of(argfields.fields_of(task.args_schema, {}))


def texts_of_form(form: Texts) -> dict[str, str]:
    """What came of the form, and nothing else that was sent."""
    known = {name: form.get(name, "").replace("\r\n", "\n") for name in (*FIELDS, *WHEN, TASK, ENABLED)}
    return known | {name: form[name].replace("\r\n", "\n") for name in argfields.names(form)}


def base_of(form: Texts) -> dict[str, str]:
    """The form as it was when it was opened, which it carries with it; empty when it does not."""
    try:
        found = json.loads(form.get("base", ""))
    except (ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def changed(base: Texts, now: Texts) -> set[str]:
    """The fields that were touched. Of a schedule only what its kind says counts."""
    found = {name for name in base.keys() | now.keys() if _lines(base.get(name, "")) != _lines(now.get(name, ""))}
    silent = {name for name in WHEN[1:] if name != _SAID_BY.get(now.get("kind", ""))}
    return found - silent


def _lines(text: str) -> str:
    # Browsers end lines as they like.
    return text.replace("\r\n", "\n")


def title_of(name: str) -> str:
    """What a field is called."""
    if name in FIELDS:
        return FIELDS[name].title
    return _TITLES.get(name, name.partition(":")[2].replace("_", " "))


def document(texts: Texts, touched: Collection[str], task: TaskView | None) -> dict[str, Any]:
    """What the touched fields say, as the API takes it; Invalid with every place that is wrong."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in (one for one in touched if one in FIELDS):
        _put(found, problems, name, texts)
    if ENABLED in touched:
        found[ENABLED] = bool(texts.get(ENABLED))
    if TASK in touched and task is not None:
        found["taskFunctionId"] = task.id
    if not set(WHEN).isdisjoint(touched):
        problems += _read_when(found, texts)
    if list(argfields.names(dict.fromkeys(touched, ""))):
        try:
            found["taskArgs"] = argfields.read(None if task is None else task.args_schema, texts)
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(*problems)
    return found


def checked(model: type[Model], values: Mapping[str, Any]) -> Model:
    """A document made of the values; Invalid with its places."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Invalid(*(Problem(tuple(one["loc"]), one["msg"], one["type"]) for one in found)) from None


def schedule_document(texts: Texts) -> SchedulePreviewDocument:
    """The schedule that the form says, to be tried; Invalid with every place that is wrong."""
    found: dict[str, Any] = {"count": 10}
    problems = _read_when(found, texts)
    for name in _TIMES:
        _put(found, problems, name, texts)
    if problems:
        raise Invalid(*problems)
    return checked(SchedulePreviewDocument, found)


def placed(problems: Iterable[Problem], texts: Texts) -> dict[str, str]:
    """What is wrong by the form's field; "" for what belongs to none."""
    found: dict[str, str] = {}
    for problem in problems:
        name = _field_at(problem.loc, texts)
        said = problem.message if name else ": ".join([*map(str, problem.loc), problem.message])
        found[name] = f"{found[name]}; {said}" if name in found else said
    return found


def _put(found: dict[str, Any], problems: list[Problem], name: str, texts: Texts) -> None:
    field = FIELDS[name]
    try:
        value = parsed(field, texts.get(name, ""))
    except ValueError as error:
        problems.append(Problem((name,), str(error)))
        return
    if value is None and not field.may_be_empty:
        if name != "slug":
            problems.append(Problem((name,), "must not be empty"))
        return
    found[name] = value


def _when(schedule: Schedule, zone: str) -> dict[str, str]:
    texts = {"kind": _NUMBERS[kind_of(schedule)], "every": "", "cron": "", "at": ""}
    if isinstance(schedule, Every):
        texts["every"] = interval_text(schedule.interval)
    elif isinstance(schedule, Cron):
        texts["cron"] = schedule.expression
    elif isinstance(schedule, At):
        texts["at"] = wall_text(schedule.wall.isoformat(), zone)
    return texts


def _read_when(found: dict[str, Any], texts: Texts) -> list[Problem]:
    kind = texts.get("kind", "")
    if kind not in _NUMBERS.values():
        return [Problem(("kind",), "choose one")]
    said = texts.get(_SAID_BY.get(kind, ""), "").strip()
    if kind in _SAID_BY and not said:
        return [Problem((_SAID_BY[kind],), "must not be empty")]
    found["jobTypeId"] = int(kind)
    try:
        found["scheduleConfig"] = _config(kind, said)
    except ValueError as error:
        return [Problem(("every",), str(error))]
    return []


def _config(kind: str, said: str) -> dict[str, Any]:
    if kind == "1":
        return {"seconds": seconds(said)}
    return {"2": {"expression": said}, "3": {"at": said}}.get(kind, {})


def _field_at(loc: tuple[str | int, ...], texts: Texts) -> str:
    first = str(loc[0]) if loc else ""
    if first in {"scheduleConfig", "jobTypeId"}:
        return _SAID_BY.get(texts.get("kind", ""), "kind")
    if first == argfields.PLACE:
        name = str(loc[1]) if len(loc) > 1 else ""
        known = (one for one in argfields.names(texts) if one.partition(":")[2] == name)
        return next(known, argfields.REST if argfields.REST in texts else f"arg:{name}" if name else "")
    return {"taskFunctionId": TASK}.get(first, first if first in FIELDS or first in (*WHEN, ENABLED) else "")
