"""Repairs what others left behind. Runs on the leader; it is not itself a job."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from orario.core.admission import TOO_LATE
from orario.core.clock import Clock
from orario.core.errors import Fenced
from orario.core.events import Ended, Event, InstanceLost, Round, TurnedAway
from orario.core.execution import Ending, Execution, Outcome, State
from orario.core.policy import Policy
from orario.core.settling import settle
from orario.engine import elsewhere
from orario.engine.claiming import Catalog
from orario.engine.identity import Identity
from orario.engine.jobcache import JobCache
from orario.engine.leader import Leader
from orario.engine.settlement import apply
from orario.engine.telling import Telling
from orario.store import claims, cursors, diary, executions, instances, jobs, leases
from orario.store.database import Database

log = logging.getLogger("orario.engine")

_PAGE = 1000
_SILENT = "its heartbeat stopped"
_ROUNDS_EVERY = 1.0
_REPAIRS_EVERY = 60.0
_QUIET = 30  # transactions from one round to the next
_MEMORY_OF_INSTANCES = timedelta(days=7)


@dataclass
class Upkeep:
    """Buries silent instances, recovers what they carried, ends pauses, expires the late, repairs the stuck."""

    database: Database
    identity: Identity
    leader: Leader
    clock: Clock
    cache: JobCache
    telling: Telling
    catalog: Catalog
    on_changed: Callable[[], None] = lambda: None
    _rounds_at: float = field(default=-1e9)
    _repairs_at: float = field(default=-1e9)
    _written: int = 0

    async def turn(self) -> float:
        """Look after what is urgent at every turn, after the rest now and then."""
        try:
            if self.leader.leads:
                await self._recover()
            if self._is_time("_rounds_at", _ROUNDS_EVERY):
                await self._rounds()
            if self.leader.leads and self._is_time("_repairs_at", _REPAIRS_EVERY):
                await self._repairs()
        except Fenced:
            self.leader.lost()
        self.telling.rouse()
        return self.leader.pace

    def _is_time(self, since: str, every: float) -> bool:
        now = self.clock.monotonic()
        if now - getattr(self, since) < every:
            return False
        setattr(self, since, now)
        return True

    async def _recover(self) -> None:
        silent = [id for id in self.leader.silent() if id != self.identity.id]
        if not silent and not await self.database.fetch(executions.has_orphans):
            return
        if await self.database.transact(self._bury_and_recover, silent):
            self.on_changed()

    def _orphans(self, connection: Connection) -> list[Execution]:
        return executions.orphans(connection, list(instances.beats(connection)), _PAGE)

    def _bury_and_recover(self, connection: Connection, silent: list[UUID]) -> int:
        self._prove(connection)
        now = self.clock.now()
        beats = self.leader.beats
        events: list[Event] = []
        for one in (one for one in instances.living(connection) if one.id in silent):
            if instances.bury(connection, one.id, beats[one.id], now, _SILENT):
                log.warning("instance %s is gone: %s", one.id, _SILENT)
                events.append(InstanceLost(one.id, one.hostname, _SILENT))
        lost = self._orphans(connection)
        if lost:
            ended, policies = self._lost(connection, lost)
            settled = apply(connection, ended, policies, now)
            events += settled.final
            self.telling.count_returned(connection, settled.returned)
            log.warning("%d executions were recovered from lost carriers", len(lost))
        self.telling.tell(connection, events)
        return len(lost)

    def _lost(self, connection: Connection, lost: list[Execution]) -> tuple[list[Ended], dict[UUID, Policy]]:
        versions = jobs.versions(connection, {one.job_id for one in lost})
        known = self.cache.get(connection, ((id.hex, version) for id, version in versions.items()))
        policies = {one.token: known[one.job_id.hex].job.policy for one in lost}
        return [self._verdict(one, policies[one.token]) for one in lost], policies

    def _verdict(self, one: Execution, policy: Policy) -> Ended:
        now = self.clock.now()
        outcome = Outcome(Ending.LOST, error_message="carrier lost: the instance that ran it stopped without a word")
        if one.cancel_requested_at is not None:
            outcome = Outcome(Ending.CANCELLED, error_message="cancelled while its carrier was lost")
        settlement = settle(one.attempt, outcome, policy, now, 0.0)
        started = one.started_at or now
        return Ended(
            one.id,
            one.job_id,
            one.token,
            one.attempt,
            one.carrier,
            started,
            now,
            outcome,
            one.progress,
            one.metadata,
            settlement.state,
            settlement.due_at,
            one.task,
        )

    async def _rounds(self) -> None:
        if await self.database.transact(self._round):
            self.on_changed()
        written, self._written = self._written, self.database.written
        await self.database.tidy(is_quiet=self._written - written < _QUIET)

    def _round(self, connection: Connection) -> int:
        done = 0
        if self.leader.leads:
            done = self._end_pauses(connection) + self._look_elsewhere(connection) + self._expire(connection)
        self.telling.tell(connection, [Round(self.identity.id, self.leader.leads)])
        return done

    def _end_pauses(self, connection: Connection) -> int:
        over = jobs.pauses_over(connection, self.clock.now())
        if over:
            cursors.hold(connection, [job.id for job in over])  # somebody may be editing one of them
            now = self.clock.now()
            over = jobs.pauses_over(connection, now)
            self._prove(connection)
            for job in over:
                jobs.resume(connection, job, now, by=None)
                diary.resumed(connection, job.id, job.pause, now)
                log.info("the pause of %s is over", job.slug)
        return len(over)

    def _look_elsewhere(self, connection: Connection) -> int:
        events = elsewhere.look_after(connection, self.catalog.values(), self.clock.now(), self._prove)
        self.telling.tell(connection, events)
        return len(events)

    def _expire(self, connection: Connection) -> int:
        """End as missed what has waited longer than its job allows."""
        now = self.clock.now()
        late = executions.expired(connection, now, _PAGE)
        if late:
            self._prove(connection)
            refused = [(id, token) for id, token, _ in late]
            claims.turn_away(connection, refused, State.MISSED, TOO_LATE, now)
            cursors.count(connection, State.MISSED, [(job, None, now) for _, _, job in late])
            self.telling.tell(connection, [TurnedAway(id, job, State.MISSED, TOO_LATE) for id, _, job in late])
        return len(late)

    async def _repairs(self) -> None:
        if await self.database.transact(self._repair):
            self.on_changed()

    def _repair(self, connection: Connection) -> int:
        """An active job without a next moment, though its timetable has one, goes on from where it stood."""
        held = {id for id, _, _ in jobs.stuck(connection, _PAGE)}
        cursors.hold(connection, held)  # an edit may be about to move one of them on
        stuck = [one for one in jobs.stuck(connection, _PAGE) if one[0] in held]
        self._prove(connection)
        instances.forget(connection, self.clock.now() - _MEMORY_OF_INSTANCES)
        known = self.cache.get(connection, ((id.hex, version) for id, version, _ in stuck))
        repaired = 0
        for id, _, position in stuck:
            job = known[id.hex].job
            next_at = known[id.hex].timetable.next(position)
            if next_at is not None:
                log.warning("the job %s had lost its next moment; it goes on from %s", job.slug, next_at)
                cursors.advance(connection, [(id.hex, position, next_at)])
                repaired += 1
        return repaired

    def _prove(self, connection: Connection) -> None:
        leases.prove(connection, self.identity.id, self.leader.present_term)
