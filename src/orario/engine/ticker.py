"""Turns due moments into executions. Runs on the leader."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.core.errors import Fenced
from orario.core.events import Broken, ClockStepped, Dropped, Event
from orario.core.job import Job
from orario.core.planning import Gap, Reason, plan
from orario.core.task import Mode
from orario.engine.claiming import Claims
from orario.engine.dispatcher import Dispatcher
from orario.engine.identity import Identity
from orario.engine.jobcache import CAPACITY, JobCache, Known
from orario.engine.leader import Leader
from orario.engine.rewinding import rewind
from orario.engine.tally import Tally
from orario.engine.telling import Telling
from orario.store import claims, cursors, diary, gaps, jobs, leases, silences
from orario.store.cursors import Due
from orario.store.database import Database, after_commit
from orario.store.silences import Silence

log = logging.getLogger("orario.engine")

BATCH = 500  # small enough that the first of many start while the next are written
LONGEST_SLEEP = 1.0  # another instance may have changed a schedule without our hearing of it
_READ_AHEAD_LEAST, _READ_AHEAD_MOST = 0.05, 5.0  # seconds
_PATIENCE = 0.1  # seconds that due jobs wait for a place to start in, rather than in line
_SHORTEST_SLEEP = 0.002  # jobs whose moments are closer than this share a transaction
_STEP = timedelta(seconds=2)  # less is a correction of the clock, more is somebody setting it
_SILENCE = timedelta(seconds=5)  # longer without a look at the clock, with something due, is written down


@dataclass(frozen=True, slots=True)
class Tick:
    """What one look at the clock has brought."""

    more: bool  # the batch was full
    next_at: datetime | None
    claims: Claims | None = None


@dataclass
class Ticker:
    """One transaction a turn: due jobs, their plans, new executions, cursors moved on."""

    database: Database
    identity: Identity
    leader: Leader
    clock: Clock
    cache: JobCache
    dispatcher: Dispatcher
    telling: Telling
    on_left: Callable[[], None] = lambda: None  # not all that was opened could be claimed at once
    on_opened: Callable[[], None] = lambda: None  # there are new executions
    waits_since: float | None = None  # for a place to start in, by the monotonic clock
    _is_behind: bool = False  # there was more than one batch due
    _read_for: datetime | None = None
    _looked: tuple[datetime, float] | None = None  # at the last tick: the wall clock, the monotonic one
    _ticked: tuple[int, datetime] | None = None  # the last tick that surely was committed: its term and moment

    async def turn(self) -> float:
        """Tick if anything is due; the seconds until the next moment."""
        if not self.leader.leads:
            return LONGEST_SLEEP
        limit = self._limit()
        if not limit:
            return _PATIENCE  # `settled` wakes us earlier
        try:
            tick = await self._tick_and_claim(limit)
        except Fenced:
            self.leader.lost()
            self.dispatcher.on_fenced()
            return LONGEST_SLEEP
        self._is_behind = tick.more
        await self._read_ahead(tick.next_at)
        return 0.0 if tick.more else self._sleep(tick.next_at)

    def _limit(self) -> int:
        """How many due jobs to take. While there are more than one batch of them, they come as places fall free:
        what has to wait in line is written twice more. When none falls free for a while, the line it is."""
        now, places = self.clock.monotonic(), self.dispatcher.places
        if not self._is_behind or self.dispatcher.is_blocked or places >= BATCH:
            self.waits_since = None
            return BATCH
        if self.waits_since is None:
            self.waits_since = now
        if places < BATCH // 2 and now - self.waits_since < _PATIENCE:
            return 0
        self.waits_since = None
        return max(places, BATCH // 2)

    async def _tick_and_claim(self, limit: int) -> Tick:
        """What is opened is claimed in the same transaction, as far as there is room here: one commit before
        the start instead of two."""
        async with self.dispatcher.giving:
            since = self.clock.monotonic()
            tick = await self.database.transact(self._tick, limit, self.dispatcher.room())
            self.telling.rouse()
            if tick.claims is not None:
                await self.dispatcher.accept(tick.claims, since)
                if self.dispatcher.is_blocked:
                    self.on_left()
                self.on_opened()
        return tick

    async def _read_ahead(self, next_at: datetime | None) -> None:
        """Decode the jobs that come next while there is time: at the moment itself, only the ledger is written."""
        if next_at is None or next_at == self._read_for:
            return
        if _READ_AHEAD_LEAST < (next_at - self.clock.now()).total_seconds() < _READ_AHEAD_MOST:
            self._read_for = next_at
            await self.database.fetch(self._read, next_at)

    def _read(self, connection: Connection, until: datetime) -> None:
        self.cache.get(connection, ((one.key, one.version) for one in cursors.due(connection, until, CAPACITY)))

    def _sleep(self, next_at: datetime | None) -> float:
        if next_at is None:
            return LONGEST_SLEEP
        return min(max((next_at - self.clock.now()).total_seconds(), _SHORTEST_SLEEP), LONGEST_SLEEP)

    def _tick(self, connection: Connection, limit: int, room: dict[Mode, int]) -> Tick:
        now = self.clock.now()
        silence = self._heed_clock(connection, now)
        claims.go_alone(connection)  # before the cursors: who claims elsewhere holds this, and may want some of them
        due = cursors.due(connection, now, limit, hold=True)
        if silence is not None and due and now - due[0].next_at > _SILENCE:
            silences.note(connection, silence)
        found = self._open(connection, due, room, now) if due else None
        return Tick(len(due) == limit, cursors.earliest(connection), found)

    def _heed_clock(self, connection: Connection, now: datetime) -> Silence | None:
        """Prove the lead, and notice a clock that was set since the last tick; the silence since then, if long."""
        last = self._last_tick(connection, now)
        leases.tick(connection, self.identity.id, self.leader.present_term, now)
        ahead = self._ahead(now)
        if last is not None and now < last - _STEP:
            rewind(connection, self.cache, last, now)
            silences.note_set_back(connection, last, now)
            self.telling.tell(connection, [ClockStepped(now - last)])
        elif ahead > _STEP:
            log.warning("the clock went ahead by %s between two ticks", ahead)
            self.telling.tell(connection, [ClockStepped(ahead)])
        return None if last is None or now - last <= _SILENCE else Silence(last, now, ahead > _STEP)

    def _last_tick(self, connection: Connection, now: datetime) -> datetime | None:
        """When somebody last ticked: remembered as long as it was this instance, in the term that still lasts."""
        term = self.leader.present_term
        remembered, self._ticked = self._ticked, None
        after_commit(connection, partial(setattr, self, "_ticked", (term, now)))
        if remembered is not None and remembered[0] == term:
            return remembered[1]
        lease = leases.read(connection)
        return None if lease is None else lease.ticked_at

    def _ahead(self, now: datetime) -> timedelta:
        """How much further the clock on the wall has moved since the last tick than time has passed."""
        before, self._looked = self._looked, (now, self.clock.monotonic())
        if before is None:
            return timedelta(0)
        wall, steady = before
        return (now - wall) - timedelta(seconds=self._looked[1] - steady)

    def _open(self, connection: Connection, due: list[Due], room: dict[Mode, int], now: datetime) -> Claims | None:
        known = self.cache.get(connection, ((one.key, one.version) for one in due))
        batch = _Batch()
        for one in due:
            self._plan(batch, one, known[one.key], now)
        found = self.dispatcher.claiming.open(connection, batch.opened, room, now) if batch.opened else None
        cursors.advance(connection, batch.steps)
        gaps.record_all(connection, batch.gaps, now)
        for job, why in batch.broken:
            jobs.break_(connection, job.id, why, now)
            diary.broken(connection, job.id, why, now)
        self.telling.tell(connection, batch.events())
        after_commit(connection, partial(batch.count, self.telling.tally))
        return found

    def _plan(self, batch: "_Batch", due: Due, known: Known, now: datetime) -> None:
        try:
            found = plan(known.timetable, known.job.policy, due.position, due.next_at, now)
        except Exception as error:  # one schedule that cannot be computed must not stop the others
            log.exception("the job %s is set aside: its schedule cannot be computed", known.job.slug)
            batch.broken.append((known.job, f"its schedule cannot be computed: {error}"))
            return
        for moment in found.moments:
            batch.opened.append((known.job, moment + timedelta(microseconds=due.fold) if due.fold else moment))
        for gap in found.gaps:
            batch.gaps.append((known.job.id, gap))
        batch.steps.append((due.key, found.position, found.next_at))


@dataclass
class _Batch:
    opened: list[tuple[Job, datetime]] = field(default_factory=list)
    steps: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    gaps: list[tuple[UUID, Gap]] = field(default_factory=list)
    broken: list[tuple[Job, str]] = field(default_factory=list)

    def count(self, tally: Tally) -> None:
        tally.due(len(self.opened))
        tally.gaps(self.gaps)

    def events(self) -> list[Event]:
        """What somebody may want to hear of: not what was wished for."""
        dropped = [Dropped(job, gap) for job, gap in self.gaps if gap.reason is Reason.MISSED]
        return [*dropped, *(Broken(job.id, why) for job, why in self.broken)]
