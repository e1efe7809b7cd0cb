"""Writes down, at start, what the apps' code declares: tasks, jobs, and which jobs have lost their code."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from orario.app import App, Declaration
from orario.core.errors import Invalid, Misconfigured
from orario.core.events import Broken, Event
from orario.core.ids import new_id
from orario.core.job import Job
from orario.core.schedule import At, Cron, Every
from orario.core.task import Task
from orario.service.actors import SYSTEM
from orario.service.catalog import why_not
from orario.service.comparing import merged, same_schedule
from orario.service.defining import anchored
from orario.service.slugs import with_id
from orario.service.tools import Change, Tools
from orario.service.writing import enter, put
from orario.store import breaking, calendars, declared, jobs, tasks
from orario.store.declared import DeclaredJob
from orario.store.migrating import go_alone
from orario.store.wake import Topic

log = logging.getLogger("orario")

_MOST_TOLD = 100  # a task that is gone may break a million jobs, and nobody reads a million notices


Tell = Callable[[Connection, Sequence[Event]], None]


def declare(
    tools: Tools, apps: Sequence[App], catalog: Mapping[str, Task], tell: Tell, *, is_all: bool = True
) -> None:
    """One transaction at every start, in which `tell` is told what broke.

    Raises Misconfigured when a declaration cannot become a job.
    """
    with tools.changing(SYSTEM, Topic.SCHEDULE, Topic.CHANGED) as change:
        go_alone(change.connection)
        tasks.enter(change.connection, catalog.values(), change.now)
        wanted = [_said(tools, declaration, change.now) for declaration in _in_order(apps)]
        stored = _stored(change.connection)
        changed = [one.job.id for said in wanted if (one := stored.get(_key(said))) and _is_changed(tools, one, said)]
        if changed:
            change.hold(*changed)
            stored = _stored(change.connection)
        for said in wanted:
            _declare_job(tools, change, said, stored.get(_key(said)))
        if is_all:
            tell(change.connection, _set_aside(change, catalog))


def _in_order(apps: Iterable[App]) -> list[Declaration]:
    return [declaration for app in apps for declaration in app.declarations.values()]


def _stored(connection: Connection) -> dict[tuple[str | None, str], DeclaredJob]:
    return {(one.job.app, one.said.slug): one for one in declared.everything(connection)}


def _key(said: Job) -> tuple[str | None, str]:
    return said.app, said.slug


def _is_changed(tools: Tools, stored: DeclaredJob, said: Job) -> bool:
    return not stored.is_deleted and merged(stored.job, stored.said, said, tools.vault) != stored.job


def _declare_job(tools: Tools, change: Change, said: Job, stored: DeclaredJob | None) -> None:
    if stored is None:
        _first_time(tools, change, said)
        return
    if not stored.is_deleted:  # a person deleted it: it stays deleted until somebody resets it
        job = started(stored.job, merged(stored.job, stored.said, said, tools.vault), change.now)
        if job != stored.job:
            put(change, stored.job, replace(job, updated_at=change.now, updated_by=None), "job.declare")
    if declared.to_json(said) != declared.to_json(stored.said):
        declared.say(change.connection, stored.job.id, said)


def _first_time(tools: Tools, change: Change, said: Job) -> None:
    id = new_id(change.now)
    slug = said.slug
    if jobs.taken_slugs(change.connection, [slug]):
        own = f"{said.app}-{slug}"
        slug = with_id(own, id) if jobs.taken_slugs(change.connection, [own]) else own
        log.warning("the slug %s is taken: the job that app %s declares is called %s", said.slug, said.app, slug)
    job = started(None, replace(said, id=id, slug=slug), change.now)
    dates = calendars.dates(change.connection, job.calendars)
    enter(change, job, job.timetable(dates).next(change.now), declared.to_json(said))


def started(before: Job | None, job: Job, now: datetime) -> Job:
    """The job with an interval that counts from now, where it is new and the code does not say from when."""
    if before is not None and same_schedule(before.schedule, job.schedule):
        keeps = isinstance(job.schedule, Every) and job.schedule.anchor is None
        return replace(job, schedule=before.schedule) if keeps else job
    return anchored(job, now) if isinstance(job.schedule, Every) and job.schedule.anchor is None else job


def _said(tools: Tools, declaration: Declaration, now: datetime) -> Job:
    """The job as the code says it; its id and dates are nobody's."""
    task = tools.catalog[declaration.task]
    schedule = declaration.schedule
    own = schedule.timezone if isinstance(schedule, Cron | At) else None
    zone = own or declaration.timezone or tools.settings.timezone
    try:
        job = Job(
            id=new_id(now),
            slug=declaration.slug,
            name=declaration.name,
            description=declaration.description,
            app=declaration.app,
            task=declaration.task,
            args=tools.arguments.declared(task, declaration.args),
            queue=declaration.queue,
            schedule=schedule if isinstance(schedule, Every) else schedule.zoned(zone),
            timezone=zone,
            start=declaration.start,
            end=declaration.end,
            jitter=declaration.jitter,
            excluded_dates=declaration.excluded_dates,
            calendars=declaration.calendars,
            policy=declaration.policy,
            is_enabled=declaration.is_enabled,
            created_at=now,
            updated_at=now,
        )
    except Invalid as error:
        raise Misconfigured(f"app {declaration.app}, job {declaration.slug}: {error}") from None
    if isinstance(schedule, Cron) and job.schedule.next(now) is None:
        raise Misconfigured(f"app {declaration.app}, job {declaration.slug}: its schedule is never due")
    return job


def _set_aside(change: Change, catalog: Mapping[str, Task]) -> list[Broken]:
    """Jobs whose task is gone are broken, never deleted; they heal when it is back. Some of those that broke."""
    told: list[Broken] = []
    for task in breaking.tasks_in_use(change.connection):
        why = why_not(catalog, task)
        if why and (count := breaking.break_all_of(change.connection, task, why, change.now)):
            log.warning("%d jobs cannot run: %s", count, why)
            change.record("task.lost", "task", task, {"broken": None}, {"broken": why})
            told += [Broken(id, why) for id in breaking.broken_at(change.connection, task, change.now, _MOST_TOLD)]
    healthy = {task for task in catalog if why_not(catalog, task) is None}
    healed = breaking.heal(change.connection, healthy, change.now)
    for job in healed:
        change.record("job.heal", "job", job.id, {"broken": job.broken}, {"broken": None})
    if healed:
        log.info("%d jobs can run again", len(healed))
    return told
