"""What apps' code says of their jobs, kept beside each job to tell it from what people changed."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, select, update

from orario.core.job import Job
from orario.store import policycodec, schedulecodec
from orario.store.columns import from_micros, to_micros
from orario.store.jobcodec import COLUMNS, from_row
from orario.store.tables import jobs

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class DeclaredJob:
    """A job that an app's code declared: as it is now, as the code said last, and whether a person deleted it."""

    job: Job
    said: Job
    is_deleted: bool


def to_json(said: Job) -> dict[str, Any]:
    """What the code says, in the form that is stored."""
    return {
        "slug": said.slug,
        "name": said.name,
        "description": said.description,
        "task": said.task,
        "args": dict(said.args),
        "queue": said.queue,
        "schedule": schedulecodec.to_json(said.schedule),
        "timezone": said.timezone,
        "start": said.start and to_micros(said.start),
        "end": said.end and to_micros(said.end),
        "jitter_ms": said.jitter // _MILLISECOND,
        "excluded_dates": sorted(day.isoformat() for day in said.excluded_dates),
        "calendars": list(said.calendars),
        "policy": policycodec.to_json(said.policy),
        "is_enabled": said.is_enabled,
    }


def from_json(job: Job, stored: Mapping[str, Any]) -> Job:
    """The job as the code says it should be."""
    start, end = stored["start"], stored["end"]
    return replace(
        job,
        slug=stored["slug"],
        name=stored["name"],
        description=stored["description"],
        task=stored["task"],
        args=stored["args"],
        queue=stored["queue"],
        schedule=schedulecodec.from_json(stored["schedule"]),
        timezone=stored["timezone"],
        start=None if start is None else from_micros(start),
        end=None if end is None else from_micros(end),
        jitter=stored["jitter_ms"] * _MILLISECOND,
        excluded_dates=frozenset(map(date.fromisoformat, stored["excluded_dates"])),
        calendars=tuple(stored["calendars"]),
        policy=policycodec.from_json(stored["policy"]),
        is_enabled=stored["is_enabled"],
    )


_QUERY = select(*COLUMNS, cast(jobs.c.declared, Text).label("declared"), jobs.c.deleted_at)


def everything(connection: Connection) -> list[DeclaredJob]:
    """All declared jobs, the deleted ones first."""
    rows = connection.execute(
        _QUERY.where(jobs.c.declared.is_not(None)).order_by(jobs.c.deleted_at.is_(None), jobs.c.id)
    )
    return [_from_row(row) for row in rows]


def of(connection: Connection, ids: Collection[UUID]) -> dict[UUID, DeclaredJob]:
    """Those of these jobs that were declared."""
    if not ids:
        return {}
    rows = connection.execute(_QUERY.where(jobs.c.id.in_(list(ids)), jobs.c.declared.is_not(None)))
    return {row[0]: _from_row(row) for row in rows}


def say(connection: Connection, id: UUID, said: Job) -> None:
    """Keep what the code says now."""
    connection.execute(update(jobs).where(jobs.c.id == id).values(declared=to_json(said)))


def bring_back(connection: Connection, id: UUID) -> None:
    """Undo the deletion of a job."""
    connection.execute(update(jobs).where(jobs.c.id == id).values(deleted_at=None))


def _from_row(row: Any) -> DeclaredJob:
    job = from_row(row)
    return DeclaredJob(job, from_json(job, json.loads(row.declared)), row.deleted_at is not None)
