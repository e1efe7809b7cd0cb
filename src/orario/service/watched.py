"""Jobs that are done elsewhere: their pings, and what the ledger makes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from orario.core.errors import NotFound
from orario.core.events import Ended, Event
from orario.core.execution import Ending, Execution, Level, LogLine, Outcome, State, Trigger, require_move
from orario.core.job import Job
from orario.core.planning import plan
from orario.core.schedule import Every
from orario.core.settling import settle, should_pause
from orario.core.task import Mode
from orario.service.actors import Actor, Role
from orario.service.defining import anchored
from orario.service.tools import Change, Tools
from orario.service.words import readable
from orario.store import calendars, cursors, diary, elsewhere, endings, executions, gaps, jobs, logs
from orario.store.rescheduling import reschedule
from orario.store.wake import Topic

PINGER = Actor(None, "ping", Role.OPERATOR)
_RUN = "rid"  # in an execution's metadata
_REMEMBERED = 20  # executions among which a repeated ping is recognised
_LAST_WORDS = 10  # lines, in a failure's sentence

Tell = Callable[[Connection, Sequence[Event]], None]


class Signal(StrEnum):
    """What a ping says."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Ping:
    """One word from elsewhere. `run` tells runs apart that overlap; `words` is what came with it."""

    signal: Signal
    exit_code: int | None = None
    run: UUID | None = None
    words: str = ""


@dataclass
class Watched:
    """Every ping is one short transaction that moves the ledger; an execution is what its pings say of it."""

    tools: Tools
    tell: Tell = lambda connection, events: None  # so that listeners hear of the ends, in the same transaction

    def find(self, id: UUID) -> Job | None:
        """The job that this id lets ping."""
        with self.tools.database.reading() as connection:
            return self._find(connection, id)

    def ping(self, id: UUID, ping: Ping) -> Execution:
        """Record a ping, and say which execution it belongs to. Raises NotFound."""
        with self.tools.changing(PINGER, Topic.PENDING, Topic.SCHEDULE, Topic.CHANGED) as change:
            change.hold(id)  # pings of one job come one after the other
            job = self._find(change.connection, id)
            if job is None:
                raise NotFound("There is no watched job of this id")
            _catch_up(change, job)
            answered = self._answer(change, _counted_from_here(change, job), ping)
            found = executions.get(change.connection, answered)
            assert found is not None
            return found

    def _find(self, connection: Connection, id: UUID) -> Job | None:
        job = jobs.get(connection, id)
        task = None if job is None else self.tools.catalog.get(job.task)
        return job if task is not None and task.mode is Mode.ELSEWHERE else None

    def _answer(self, change: Change, job: Job, ping: Ping) -> UUID:
        if (known := _repeated(change.connection, job, ping)) is not None:
            return known
        run = None if ping.signal is Signal.START else _meant(change.connection, job, ping.run)
        if run is None:
            mark = None if ping.run is None else {_RUN: str(ping.run)}
            run = _begin(change, _awaited(change, job) or _unexpected(change, job), mark)
        lines = [LogLine(run.id, run.attempt, change.now, Level.INFO, line) for line in readable(ping.words)]
        logs.write(change.connection, lines)
        if ping.signal is not Signal.START:
            self._end(change, job, run, ping)
            self._answer_for(change, job, run, ping)
        return run.id

    def _end(self, change: Change, job: Job, run: Execution, ping: Ping) -> None:
        outcome = _outcome(ping)
        state = settle(run.attempt, outcome, job.policy, change.now, 0.0).state
        require_move(run.state, state)
        ended = Ended(
            execution_id=run.id,
            job_id=job.id,
            token=run.token,
            attempt=run.attempt,
            carrier=None,
            started_at=run.started_at or change.now,
            finished_at=change.now,
            outcome=outcome,
            progress=run.progress,
            metadata=run.metadata,
            state=state,
            due_at=None,
            task=run.task,
        )
        written = endings.finish(change.connection, [ended])
        if written:
            cursors.count(change.connection, state, [(job.id, ended.started_at, ended.finished_at)])
            _pause_a_loser(change, job)
            self.tell(change.connection, written)

    def _answer_for(self, change: Change, job: Job, run: Execution, ping: Ping) -> None:
        """A run that began a little before its due moment is what that moment waited for."""
        if run.trigger is not Trigger.MANUAL or run.started_at is None or run.started_at == change.now:
            return
        due = _awaited(change, job)
        if due is not None and due.scheduled_for > run.started_at:
            self._end(change, job, _begin(change, due, {"answeredBy": str(run.id)}), ping)


def _begin(change: Change, one: Execution, metadata: Mapping[str, str] | None) -> Execution:
    begun = elsewhere.begin(change.connection, one, change.now, metadata)
    found = executions.get(change.connection, one.id)
    assert begun and found is not None  # it was read in this transaction, which holds the job's cursor
    return found


def _catch_up(change: Change, job: Job) -> None:
    """Open what is due up to now, as the next tick would: the ping may be faster than it."""
    cursor = cursors.held(change.connection, job.id)
    if cursor.next_at is None or cursor.next_at > change.now:
        return
    timetable = job.timetable(calendars.dates(change.connection, job.calendars))
    found = plan(timetable, job.policy, cursor.position, cursor.next_at, change.now)
    fold = timedelta(microseconds=cursor.fold)
    executions.open_due(change.connection, [(job, moment + fold) for moment in found.moments], change.now)
    gaps.record(change.connection, job.id, found.gaps, change.now)
    cursors.place(change.connection, job.id, found.position, found.next_at, cursor.fold)


def _counted_from_here(change: Change, job: Job) -> Job:
    """The job as it goes on: a period counts from the last ping."""
    if not isinstance(job.schedule, Every):
        return job
    after = jobs.save(change.connection, anchored(job, change.now))
    reschedule(change.connection, job, after, change.now)
    return after


def _repeated(connection: Connection, job: Job, ping: Ping) -> UUID | None:
    """The execution that this very ping has moved before: senders try again when the answer was lost."""
    if ping.run is None:
        return None
    mine = [one for one in elsewhere.latest(connection, job.id, _REMEMBERED) if _run_of(one) == str(ping.run)]
    if not mine:
        return None
    state = State.FAILED if ping.signal is Signal.FAIL else State.SUCCESS
    return mine[0].id if ping.signal is Signal.START or mine[0].state is state else None


def _meant(connection: Connection, job: Job, run: UUID | None) -> Execution | None:
    """The run under way that a ping speaks of: the one of its id; without an id, the newest that has none either."""
    wanted = None if run is None else str(run)
    return next((one for one in elsewhere.under_way(connection, job.id) if _run_of(one) == wanted), None)


def _run_of(one: Execution) -> str | None:
    return None if one.metadata is None else one.metadata.get(_RUN)


def _awaited(change: Change, job: Job) -> Execution | None:
    """The newest due moment that nobody has answered."""
    return next(iter(elsewhere.waiting(change.connection, job.id, change.now)), None)


def _unexpected(change: Change, job: Job) -> Execution:
    """An execution for a ping that belongs to no due moment."""
    opened = executions.open_one(
        change.connection,
        job,
        trigger=Trigger.MANUAL,
        triggered_by=PINGER.name,
        scheduled_for=change.now,
        args=None,
        now=change.now,
    )
    assert opened is not None  # only a due moment can be taken, and this is none
    return opened


def _outcome(ping: Ping) -> Outcome:
    result = None if ping.exit_code is None else {"exitCode": ping.exit_code}
    if ping.signal is not Signal.FAIL:
        return Outcome(Ending.SUCCEEDED, result)
    what = "a ping said that it failed" if ping.exit_code is None else f"it ended with exit code {ping.exit_code}"
    said = "\n".join(readable(ping.words)[-_LAST_WORDS:])
    return Outcome(Ending.FAILED, result, f"{what}; its words end:\n{said}" if said else what, may_retry=False)


def _pause_a_loser(change: Change, job: Job) -> None:
    failures = cursors.streaks(change.connection, [job.id])[job.id]
    if should_pause(job.policy, failures):
        note = f"{failures} failures in a row"
        if jobs.hold(change.connection, job.id, change.now, by=None, note=note):
            diary.paused(change.connection, job.id, note, change.now)
