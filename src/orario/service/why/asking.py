"""Answers why a job did, or did not, run: the question read, the facts gathered, the judgement passed."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from orario.core.errors import NotFound
from orario.core.execution import Execution, Trigger
from orario.core.job import Cursor, Job
from orario.core.planning import Gap, Reason
from orario.core.why import Answer, Asked, Facts, explain, read_time
from orario.core.why.facts import Edit, Hold, Silence, Standing
from orario.core.wording import describe
from orario.service.catalog import why_not
from orario.service.tools import Tools
from orario.service.viewing import as_uuid
from orario.service.why import moments
from orario.service.why.lines import UNKNOWN
from orario.service.why.moments import Subject
from orario.service.why.standings import Changes, change_at, standing_at
from orario.service.why.stories import story_of
from orario.store import audit, cursors, instances, leases, retracing, silences, tasks

_LONGEST_REF = 200
_FRESH = timedelta(seconds=15)  # a leader heard of so lately leads


def why(tools: Tools, ref: str, at: str | None) -> Answer:
    """The answer about a time, or about the latest moment. Deleted jobs answer too: their history stays."""
    now = tools.clock.now()
    with tools.database.reading() as connection:
        job, deleted_at = _job(connection, ref)
        cursor = cursors.get(connection, [job.id])[job.id]
        gathering = Gathering(tools, connection, job, cursor, now)
        if at is None:
            subject = gathering.latest(is_gone=deleted_at is not None)
        else:
            subject = gathering.named(read_time(at, job.timezone, now))
        return explain(gathering.facts(subject, at is not None, deleted_at))


class Gathering:
    """The facts of one job, read in one snapshot."""

    def __init__(self, tools: Tools, connection: Connection, job: Job, cursor: Cursor, now: datetime) -> None:
        self.tools, self.connection, self.job, self.cursor, self.now = tools, connection, job, cursor, now

    def named(self, asked: Asked) -> Subject:
        """What lies in a stretch of time; if nothing does, and the clock was set back over it, in its second pass."""
        found = moments.named(self.connection, self.job, self._standing(asked.low).timetable, asked)
        back = silences.set_back_over(self.connection, asked.low)
        if found.moment is not None or back is None:
            return found
        again = moments.named(self.connection, self.job, self._standing(asked.low, back.row).timetable, asked)
        return found if again.moment is None else replace(again, passed=back.row)

    def latest(self, *, is_gone: bool) -> Subject:
        """What a question without a time is about."""
        timetable = self._standing(self.now).timetable
        return moments.latest(self.connection, self.job, self.cursor, timetable, self.now, is_gone=is_gone)

    def _standing(self, moment: datetime, passed: int = 0) -> Standing:
        return standing_at(self.connection, self.job, Changes.around(self.connection, self.job, moment, passed))

    def facts(self, subject: Subject, is_named: bool, deleted_at: datetime | None) -> Facts:
        job, execution = self.job, subject.execution
        pivot = subject.moment or subject.asked.low
        standing = self._standing(pivot, subject.passed)
        back = silences.set_back_over(self.connection, pivot)
        story = None
        if execution is not None:
            story = story_of(self.tools, self.connection, execution, standing, self.now)
        gap, recorded_at = self._gap(subject)
        if gap is not None and recorded_at is not None:
            standing = self._as_recorded(standing, gap, recorded_at)
        return Facts(
            now=self.now,
            asked=subject.asked,
            is_named=is_named,
            moment=subject.moment,
            job_id=job.id,
            slug=job.slug,
            timezone=job.timezone,
            sentence=describe(standing.timetable.schedule, standing.timetable.timezone),
            created_at=job.created_at,
            created_by=job.created_by,
            deleted=self._deleted(deleted_at),
            standing=standing,
            story=story,
            gap=gap,
            gap_recorded_at=recorded_at,
            gap_edited=self._gap_edited(gap, recorded_at, pivot),
            instead=self._instead(gap, recorded_at),
            position=self.cursor.position,
            next_at=self.cursor.next_at,
            silence=self._silence(subject.moment, execution, recorded_at),
            set_back=None if back is None else (back.before, back.now),
            has_leader=self._has_leader(),
            task_problem=self._task_problem(),
            jitter=job.jitter,
        )

    def _as_recorded(self, standing: Standing, gap: Gap, recorded_at: datetime) -> Standing:
        """A clock set back hides what held the job in the second pass; when that was recorded, it still did."""
        lacks_pause = gap.reason is Reason.PAUSED and standing.paused is None
        lacks_break = gap.reason is Reason.BROKEN and standing.broken is None
        if not (lacks_pause or lacks_break):
            return standing
        then = self._standing(recorded_at)
        return replace(standing, paused=then.paused, broken=then.broken)

    def _gap(self, subject: Subject) -> tuple[Gap | None, datetime | None]:
        if subject.moment is None:
            return None, None
        return retracing.gap_over(self.connection, self.job.id, subject.moment) or (None, None)

    def _gap_edited(self, gap: Gap | None, recorded_at: datetime | None, moment: datetime) -> Edit | None:
        """The change that put the moment into the gap, unless a tick did."""
        if gap is None or recorded_at is None or gap.reason is not Reason.MISSED:
            return None
        silence = silences.over(self.connection, moment, recorded_at)
        if silence is not None and silence.until == recorded_at:
            return None
        return change_at(self.connection, self.job, recorded_at)

    def _instead(self, gap: Gap | None, recorded_at: datetime | None) -> Execution | None:
        if gap is None or recorded_at is None:
            return None
        return retracing.opened_at(self.connection, self.job.id, recorded_at, gap.last)

    def _silence(
        self, moment: datetime | None, execution: Execution | None, recorded_at: datetime | None
    ) -> Silence | None:
        if moment is None:
            return None
        is_own = execution is not None and execution.trigger is Trigger.SCHEDULER
        seen_at = execution.created_at if execution is not None and is_own else recorded_at
        found = None if seen_at is None else silences.over(self.connection, moment, seen_at)
        if found is None:
            return self._present_silence(moment) if seen_at is None else None
        led, leads = (silences.leader_at(self.connection, at) for at in (found.since, found.until))
        return Silence(
            since=found.since,
            until=found.until,
            led=self._called(led),
            leads=self._called(leads),
            leads_id=leads,
            is_clock_set=found.is_clock_set,
        )

    def _present_silence(self, moment: datetime) -> Silence | None:
        lease = leases.read(self.connection)
        if moment <= self.cursor.position or lease is None:
            return None
        return Silence(since=lease.ticked_at, until=None)

    def _called(self, id: UUID | None) -> str | None:
        return None if id is None else instances.called(self.connection, [id]).get(id, UNKNOWN)

    def _has_leader(self) -> bool:
        """Whether somebody leads, as far as two clocks may say; nothing is decided by it."""
        lease = leases.read(self.connection)
        if lease is None or lease.holder is None or lease.beat is None:
            return False
        beats = [one.beat_at for one in instances.living(self.connection) if one.id == lease.holder]
        return max([*beats, *([lease.ticked_at] if lease.ticked_at else [])], default=self.now) > self.now - _FRESH

    def _task_problem(self) -> str | None:
        """Why nothing of this task starts. What the servers wrote down counts: this process may have other apps."""
        known = tasks.by_name(self.connection, [self.job.task]).get(self.job.task)
        if known is not None and known.is_known and known.is_active:
            return None
        return (
            why_not(self.tools.catalog, self.job.task) or f"the task {self.job.task} is not there, or is switched off"
        )

    def _deleted(self, at: datetime | None) -> Hold | None:
        if at is None:
            return None
        rows = audit.up_to(self.connection, [str(self.job.id)], at, 1)
        return Hold(since=at, by=rows[0].actor if rows else None)


def _job(connection: Connection, ref: str) -> tuple[Job, datetime | None]:
    """The job of this id or slug, deleted or not; raises NotFound."""
    id = as_uuid(ref)
    found = retracing.job_even_deleted(connection, None, id) if id is not None else None
    if found is None and len(ref) <= _LONGEST_REF and ref.isprintable():
        found = retracing.job_even_deleted(connection, ref, None)
    if found is None:
        raise NotFound("There is no such job")
    job, deleted_at = found
    return (job if deleted_at is None else replace(job, pause=None)), deleted_at
