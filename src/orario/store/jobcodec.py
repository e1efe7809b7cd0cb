"""Turns jobs into rows and rows into jobs."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Text, cast

from orario.core.job import Job, Pause
from orario.core.scheduleconfig import kind_of
from orario.store import policycodec, schedulecodec
from orario.store.columns import to_micros
from orario.store.tables import jobs

_NAMES = (
    *("id", "slug", "name", "description", "app", "task", "args", "queue", "schedule", "timezone"),
    *("start_at", "end_at", "jitter_ms", "excluded_dates", "calendars", "policy", "is_enabled"),
    *("paused_at", "paused_until", "paused_by", "pause_note", "broken", "version"),
    *("created_at", "updated_at", "created_by", "updated_by"),
)
# JSON comes as text: what many jobs share is decoded once, see the two codecs.
COLUMNS = tuple(
    cast(jobs.c[name], Text).label(name) if isinstance(jobs.c[name].type, JSON) else jobs.c[name] for name in _NAMES
)
_MILLISECOND = timedelta(milliseconds=1)
_NO_DATES: frozenset[date] = frozenset()
_NO_TIME = timedelta(0)


def from_row(row: Any) -> Job:
    """The Job in a row of `select(*COLUMNS)`; further columns may follow. Runs for every job that is due."""
    (id, slug, name, description, app, task, args, queue, schedule, timezone) = row[:10]
    (start, end, jitter, excluded, calendars, policy, is_enabled) = row[10:17]
    (since, until, paused_by, note, broken, version) = row[17:23]
    (created_at, updated_at, created_by, updated_by) = row[23:27]
    return Job(
        id=id,
        slug=slug,
        name=name,
        description=description,
        app=app,
        task=task,
        args=json.loads(args),
        queue=queue,
        schedule=schedulecodec.from_text(schedule),
        timezone=timezone,
        start=start,
        end=end,
        jitter=jitter * _MILLISECOND if jitter else _NO_TIME,
        excluded_dates=_dates(excluded),
        calendars=() if calendars == "[]" else tuple(json.loads(calendars)),
        policy=policycodec.from_text(policy),
        is_enabled=is_enabled,
        pause=None if since is None else Pause(since, until, paused_by, note),
        broken=broken,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
        created_by=created_by,
        updated_by=updated_by,
    )


def to_row(job: Job) -> dict[str, Any]:
    """The values of a job's row, by column; `declared` and `deleted_at` are not the job's to know."""
    pause = job.pause
    return {
        "id": job.id,
        "slug": job.slug,
        "name": job.name,
        "description": job.description,
        "app": job.app,
        "task": job.task,
        "args": dict(job.args),
        "queue": job.queue,
        "schedule_kind": kind_of(job.schedule),
        "schedule": schedulecodec.to_json(job.schedule),
        "timezone": job.timezone,
        "start_at": job.start,
        "end_at": job.end,
        "jitter_ms": job.jitter // _MILLISECOND,
        "excluded_dates": sorted(day.isoformat() for day in job.excluded_dates),
        "calendars": list(job.calendars),
        "policy": policycodec.to_json(job.policy),
        "keeps_apart": job.policy.keeps_apart,
        "is_enabled": job.is_enabled,
        "paused_at": pause and pause.since,
        "paused_until": pause and pause.until,
        "paused_by": pause and pause.by,
        "pause_note": pause and pause.note,
        "broken": job.broken,
        "version": job.version,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "created_by": job.created_by,
        "updated_by": job.updated_by,
    }


ADDED = (*_NAMES, "schedule_kind", "keeps_apart", "declared")


def to_params(job: Job, declared: Mapping[str, Any] | None) -> tuple[Any, ...]:
    """The same for the driver itself, in the order of `ADDED`: a million jobs come in this way."""
    row = to_row(job)
    return (*(_plain(row[name]) for name in ADDED[:-1]), None if declared is None else dumped(declared))


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is dict or kind is list:
        return dumped(value)
    if kind is UUID:
        return value.hex
    return to_micros(value) if kind is datetime else value


def with_own(
    params: tuple[Any, ...], id: str, slug: str, name: str, description: str | None, args: str
) -> tuple[Any, ...]:
    """The parameters of another job that differs in these only."""
    return (id, slug, name, description, *params[4:6], args, *params[7:])


def dumped(value: Any) -> str:
    """A value as JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _dates(text: str) -> frozenset[date]:
    return _NO_DATES if text == "[]" else frozenset(map(date.fromisoformat, json.loads(text)))
