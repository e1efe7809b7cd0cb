"""Decides who may start and writes it down, in the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Connection

from orario.core.admission import AT_LIMIT, TOO_LATE, Admission, Request, Verdict
from orario.core.clock import Clock
from orario.core.events import TurnedAway
from orario.core.execution import State, Trigger
from orario.core.job import Job
from orario.core.task import HERE, Mode, Task
from orario.engine.executor import Work
from orario.engine.identity import Identity
from orario.engine.jobcache import JobCache, Known
from orario.engine.telling import Telling
from orario.store import claims, cursors, executions, handovers, instances, queues
from orario.store.claims import Candidate
from orario.store.database import after_commit
from orario.store.raw import to_uuid

BATCH = 1000
_LOOK_AT = 100
_PATIENT = (Trigger.BACKFILL, Trigger.RERUN)
Catalog = Mapping[str, Task]
Moments = Sequence[tuple[Job, datetime]]


@dataclass
class Claims:
    """What one round of claiming has brought."""

    works: list[Work] = field(default_factory=list)
    turned_away: int = 0
    asked_to_stop: int = 0
    more: bool = False
    is_blocked: bool = False
    next_due: datetime | None = None


@dataclass(frozen=True)
class Claiming:
    """`room` is what the executor can take of each mode; every start takes its place from it.

    Raises Fenced in an instance that the others have given up.
    """

    identity: Identity
    clock: Clock
    catalog: Catalog
    cache: JobCache
    telling: Telling
    default_width: int
    modes: ClassVar[Collection[Mode]] = HERE
    is_fresh: ClassVar[bool] = False  # whether it looks for what was not handed over yet only

    def open(self, connection: Connection, opened: Moments, room: dict[Mode, int], now: datetime) -> Claims:
        """Open an execution for each (job, due moment) that has none.

        What may start at once is written as running, once; only what has to wait goes through the line. The caller
        has the claims to itself: see `claims.go_alone`.
        """
        chosen, rest = self._choose(connection, opened, room, now)
        ids = executions.start_due(connection, chosen, self.identity.id, now)
        opened_later = executions.open_due(connection, rest, now)
        found = self.claim(connection, room) if rest else Claims()
        found.works += [
            self._work(to_uuid(one[0]), to_uuid(one[1]), job, moment, now)
            for (job, moment), one in zip(chosen, ids, strict=True)
            if one is not None
        ]
        count = opened_later + sum(one is not None for one in ids)
        after_commit(connection, partial(self.telling.tally.opened, count))
        return found

    def _choose(
        self, connection: Connection, opened: Moments, room: dict[Mode, int], now: datetime
    ) -> tuple[Moments, Moments]:
        """Which may start at once, and which have to wait: all of them, while others do that could start."""
        admission = self._admission(connection, room)
        modes = {name: task.mode for name, task in self.catalog.items() if task.is_active and task.mode in HERE}
        startable = {name for name, mode in modes.items() if room.get(mode, 0) > 0}
        if self._is_line(connection, now, startable, self._full_queues(admission)):
            return [], opened
        chosen: list[tuple[Job, datetime]] = []
        rest: list[tuple[Job, datetime]] = []
        for one in sorted(opened, key=_place):
            mode = modes.get(one[0].task)  # another instance may have its code
            may_start = mode is not None and admission.judge(_first(*one, mode), now) is Verdict.START
            (chosen if may_start else rest).append(one)
        return chosen, rest

    def claim(self, connection: Connection, room: dict[Mode, int]) -> Claims:
        """Make running what waits and may start."""
        claims.go_alone(connection)
        now = self.clock.now()
        admission = self._admission(connection, room)
        found = Claims()
        while self._round(connection, admission, found, now):
            pass
        here = {name for name, task in self.catalog.items() if task.mode in HERE}
        found.is_blocked = admission.is_blocked and self._is_line(connection, now, here, admission.others)
        found.next_due = claims.next_due(connection, now)
        return found

    def _admission(self, connection: Connection, room: dict[Mode, int]) -> Admission:
        instances.prove(connection, self.identity.id)
        load = claims.load(connection)
        widths, others = queues.lines(connection, queues.LOCAL)
        if others:  # a job may just have moved from one of them
            handovers.add_to(connection, load)
        return Admission(load.by_job, load.by_queue, widths, self.default_width, room, others)

    def _round(self, connection: Connection, admission: Admission, found: Claims, now: datetime) -> bool:
        """Judge one batch of candidates; whether another look may find more."""
        room = sum(max(free, 0) for free in admission.room.values())
        limit = min(room, BATCH)
        room_for = admission.room.get
        tasks = [name for name, task in self.catalog.items() if room_for(task.mode, 0) > 0 and task.is_active]
        if limit <= 0 or not tasks:
            return False
        if len(found.works) >= BATCH:
            found.more = True
            return False
        full_queues = self._full_queues(admission)
        batch = self._candidates(connection, admission, now, limit, tasks, full_queues)
        self._judge(connection, batch, admission, found, now)
        return len(batch) == limit

    def heed_overlaps(self, connection: Connection, room: dict[Mode, int]) -> Claims:
        """Tell what is one too many for its job also while it stands behind a full queue or a full executor."""
        claims.go_alone(connection)
        now, admission, found = self.clock.now(), self._admission(connection, room), Claims(is_blocked=True)
        tasks = [name for name, task in self.catalog.items() if task.is_active and task.mode in self.modes]
        while tasks:
            batch = self._candidates(connection, admission, now, BATCH, tasks, admission.others, overlapping=True)
            waiting = self._judge(connection, batch, admission, found, now)
            admission.full_jobs.update(one.job for one in waiting)  # the next look is for others
            if len(batch) < BATCH:
                break
        return found

    def _candidates(
        self,
        connection: Connection,
        admission: Admission,
        now: datetime,
        limit: int,
        tasks: Collection[str],
        full_queues: Collection[str],
        overlapping: bool = False,
    ) -> list[Candidate]:
        return claims.candidates(
            connection,
            now,
            limit,
            tasks=tasks,
            full_jobs=admission.full_jobs,
            full_queues=full_queues,
            overlapping=overlapping,
            only=self._queues(connection),
            is_fresh=self.is_fresh,
        )

    def _queues(self, connection: Connection) -> Collection[str] | None:
        """The only queues in which it looks; None: all of them."""
        return None

    def _start(
        self, connection: Connection, chosen: Sequence[Candidate], known: Mapping[str, Known], now: datetime
    ) -> list[Work]:
        """Write down that these start; what is to be done here."""
        claims.claim(connection, chosen, self.identity.id, now)
        return [self._carried_on(one, known[one.job].job, now) for one in chosen]

    def _judge(
        self, connection: Connection, batch: list[Candidate], admission: Admission, found: Claims, now: datetime
    ) -> list[Candidate]:
        """Do as the verdicts say; the ones that simply wait."""
        known = self.cache.get(connection, ((one.job, one.version) for one in batch))
        sorted_out: dict[Verdict, list[Candidate]] = {verdict: [] for verdict in Verdict}
        for one in batch:
            verdict = admission.judge(self._request(one, known[one.job].job), now)
            sorted_out[verdict].append(one)
        found.works += self._start(connection, sorted_out[Verdict.START], known, now)
        found.turned_away += self._turn_away(connection, sorted_out, known, now)
        if overtaken := {known[one.job].job.id for one in sorted_out[Verdict.CANCEL_OTHER]}:
            found.asked_to_stop += claims.ask_to_stop(connection, overtaken, "a newer execution", now)
        return sorted_out[Verdict.WAIT]

    def _turn_away(
        self,
        connection: Connection,
        sorted_out: dict[Verdict, list[Candidate]],
        known: dict[str, Known],
        now: datetime,
    ) -> int:
        refused = ((Verdict.SKIP, State.SKIPPED, AT_LIMIT), (Verdict.MISS, State.MISSED, TOO_LATE))
        for verdict, state, reason in refused:
            found = sorted_out[verdict]
            claims.turn_away(connection, [(one.id, one.token) for one in found], state, reason, now)
            ids = [known[one.job].job.id for one in found]
            cursors.count(connection, state, [(job, None, now) for job in ids])
            self.telling.tell(
                connection, [TurnedAway(one.id, job, state, reason) for one, job in zip(found, ids, strict=True)]
            )
        return len(sorted_out[Verdict.SKIP]) + len(sorted_out[Verdict.MISS])

    def _request(self, one: Candidate, job: Job) -> Request:
        mode, is_patient = self.catalog[one.task].mode, one.trigger in _PATIENT
        return Request(one.job, job.policy, one.queue, mode, one.expires_at, one.attempt, is_patient)

    def _work(self, id: UUID, token: UUID, job: Job, moment: datetime, now: datetime) -> Work:
        """The first attempt of a due moment."""
        return Work(id, job, self.catalog[job.task], job.args, token, 1, Trigger.SCHEDULER, moment, now)

    def _carried_on(self, one: Candidate, job: Job, now: datetime) -> Work:
        return Work(
            execution_id=one.id,
            job=job,
            task=self.catalog[one.task],
            args=job.args if one.args is None else one.args,
            token=one.token,
            attempt=one.attempt + 1,
            trigger=Trigger(one.trigger),
            scheduled_for=one.scheduled_for,
            started_at=now,
        )

    def _is_line(
        self, connection: Connection, now: datetime, tasks: Collection[str], full_queues: Collection[str] = ()
    ) -> bool:
        """Whether anything of these tasks waits; when many others do, it is taken for granted, not looked for."""
        first = claims.first_in_line(connection, now, _LOOK_AT, full_queues)
        return len(first) == _LOOK_AT or any(task in tasks for task in first)

    def _full_queues(self, admission: Admission) -> list[str]:
        return [queue for queue in {*admission.by_queue, *admission.widths} if not admission.has_place(queue)]


def _first(job: Job, moment: datetime, mode: Mode) -> Request:
    """What a due moment asks for."""
    policy = job.policy
    within = policy.start_within
    return Request(job.key, policy, job.queue, mode, None if within is None else moment + within)


def _place(opened: tuple[Job, datetime]) -> tuple[int, datetime]:
    """In the line: higher priority first, then who was due first."""
    return -opened[0].policy.priority, opened[1]
