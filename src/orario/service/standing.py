"""How a job stands: enabled or not, paused or not, there or not."""

from dataclasses import replace

from orario.core.errors import Conflict, invalid
from orario.core.hygiene import check_text
from orario.core.job import Job
from orario.core.schedule import Every
from orario.service.actors import Actor
from orario.service.defining import anchored, moment_of_text
from orario.service.forms import standing_form
from orario.service.tools import Change, Tools
from orario.service.viewing import JobView, require_job, view
from orario.service.writing import held_job, put
from orario.store import cancelling, declared, jobs
from orario.store.rescheduling import reschedule
from orario.store.wake import Topic


def set_enabled(tools: Tools, ref: str, is_enabled: bool, actor: Actor) -> JobView:
    """Enable or disable a job; what is so already stays untouched. An interval counts from its enabling."""
    with tools.changing(actor) as change:
        job = held_job(change, ref)
        if job.is_enabled is not is_enabled:
            after = replace(job, is_enabled=is_enabled, updated_at=change.now, updated_by=actor.signature)
            if is_enabled:
                after = _counting_anew(change, after)
            job = put(change, job, after, "job.enable" if is_enabled else "job.disable")
        return view(change.connection, job, tools.vault)


def _counting_anew(change: Change, job: Job) -> Job:
    """The interval counts from now, unless the app's code fixed where it counts from."""
    said = declared.of(change.connection, [job.id]).get(job.id)
    fixed = said is not None and isinstance(said.said.schedule, Every) and said.said.schedule.anchor is not None
    return job if fixed else anchored(job, change.now)


def pause(tools: Tools, ref: str, note: str | None, until: str | None, actor: Actor) -> JobView:
    """Hold a job back, until somebody resumes it or until a moment. Of a paused job, note and end are replaced."""
    if note is not None:
        check_text(note, "note", lines=True)
    with tools.changing(actor) as change:
        job = held_job(change, ref)
        ends = None if until is None else moment_of_text(until, job.timezone, "until")
        if ends is not None and ends <= change.now:
            raise invalid("until", message="is in the past; give a moment to come, or leave it out")
        if job.pause is not None:
            held = replace(job.pause, until=ends, by=actor.name, note=note)
            jobs.save(change.connection, replace(job, pause=held, updated_at=change.now))
        else:
            jobs.hold(change.connection, job.id, change.now, by=actor.name, note=note, until=ends)
        return _changed(tools, change, job, "job.pause")


def resume(tools: Tools, ref: str, actor: Actor) -> JobView:
    """Let a paused job go on from now; what was due meanwhile becomes one gap."""
    with tools.changing(actor) as change:
        job = held_job(change, ref)
        if job.pause is None:
            return view(change.connection, job, tools.vault)
        jobs.resume(change.connection, job, change.now, by=actor.signature)
        return _changed(tools, change, job, "job.resume")


def _changed(tools: Tools, change: Change, before: Job, action: str) -> JobView:
    after = require_job(change.connection, before.id)
    change.record(action, "job", before.id, standing_form(before), standing_form(after))
    change.ring(Topic.SCHEDULE, Topic.CHANGED)
    return view(change.connection, after, tools.vault)


def delete(tools: Tools, ref: str, actor: Actor) -> None:
    """Delete a job: what waits is cancelled, what runs is asked to stop, its history stays."""
    with tools.changing(actor) as change:
        job = held_job(change, ref)
        task = tools.catalog.get(job.task)
        if task is not None and task.is_system:
            raise Conflict("Jobs of system tasks cannot be deleted; disable the job instead")
        reschedule(change.connection, job, replace(job, is_enabled=False), change.now)
        cancelling.cancel_all_of(change.connection, job.id, actor.name, change.now)
        jobs.delete(change.connection, job.id, change.now)
        change.record("job.delete", "job", job.id, before=standing_form(job))
        change.ring(Topic.SCHEDULE, Topic.CANCEL, Topic.CHANGED)
