"""Holds the lease to lead, or waits for it to fall free."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.core.errors import Fenced
from orario.core.vitals import Vitals
from orario.engine.identity import Identity
from orario.engine.vigil import Vigil
from orario.store import instances, leases
from orario.store.database import Database
from orario.store.leases import LEAD, Lease

log = logging.getLogger("orario.engine")

_ALONE = 1.0


@dataclass
class Leader:
    """At most one instance leads. Its term is proved inside every transaction that depends on it."""

    database: Database
    identity: Identity
    clock: Clock
    patience: float  # seconds of silence after which a leader is taken for dead
    look_every: float
    vitals: Vitals = field(default_factory=Vitals)
    on_taken: Callable[[], None] = lambda: None
    on_moved: Callable[[], None] = lambda: None
    is_moved: bool = False  # all that is kept here is on its way to another database
    may_lead: bool = True  # False: it only carries what others have made due
    term: int | None = None
    beats: Mapping[UUID, int] = field(default_factory=dict)
    silence: Mapping[UUID, float] = field(default_factory=dict)  # seconds, of every instance
    _sees_move: bool = False
    _vigil: Vigil[UUID] = field(init=False)
    _ticks: Vigil[str] = field(init=False)

    def __post_init__(self) -> None:
        self._vigil = Vigil(step=2 * self.look_every)
        self._ticks = Vigil(step=2 * max(self.look_every, _ALONE))

    @property
    def leads(self) -> bool:
        return self.term is not None

    async def turn(self) -> float:
        """Look at the lease; take it when it is free or its holder is silent."""
        seen = await self.database.fetch(self._look)
        self._heed_move()
        if self.term is not None:
            self._check(seen)
        elif self.may_lead and self._is_free(seen):
            await self._take(seen)
        self.vitals.leads = self.leads
        return self.pace

    @property
    def pace(self) -> float:
        """Seconds until the next look: alone in the lead there is nobody to watch, and the processor may rest."""
        is_alone = self.leads and self.beats.keys() <= {self.identity.id}
        return max(self.look_every, _ALONE) if is_alone else self.look_every

    @property
    def present_term(self) -> int:
        """The term in which this instance leads; raises Fenced when it gave up the lead in the middle of a turn."""
        if self.term is None:
            raise Fenced("this instance does not lead")
        return self.term

    def lost(self) -> None:
        """Somebody else leads now."""
        if self.term is not None:
            log.warning("this instance no longer leads (its term was %s); it stands by", self.term)
        self.term, self.vitals.leads = None, False

    async def give_up(self) -> None:
        """Hand over at once, on a clean stop."""
        if self.term is not None:
            await self.database.transact(leases.give_up, self.identity.id, self.term)
            self.term, self.vitals.leads = None, False

    def _check(self, seen: Lease | None) -> None:
        if seen is None or (seen.holder, seen.term) != (self.identity.id, self.term):
            self.lost()

    def _is_free(self, seen: Lease | None) -> bool:
        if seen is None or seen.holder is None or seen.beat is None:
            return True
        return seen.holder in self.silent()

    def silent(self) -> list[UUID]:
        """The instances that have been silent for too long."""
        return [id for id, silence in self.silence.items() if silence >= self.patience]

    def _look(self, connection: Connection) -> Lease | None:
        self.beats = instances.beats(connection)
        self.silence = self._vigil.look(self.beats, self.clock.monotonic())
        seen = leases.read(connection)
        self._sees_move = leases.is_moved(connection)
        self._note(seen)
        return seen

    def _heed_move(self) -> None:
        if self._sees_move and not self.is_moved:
            log.error("`orario db migrate-to` takes all of this to another database: nothing new starts here")
            self.is_moved = True
            self.on_moved()
        elif self.is_moved and not self._sees_move:
            self.is_moved = False
            log.warning("`orario db migrate-to` was taken back: what is kept here may fire again")

    def _note(self, seen: Lease | None) -> None:
        """Show the watchdog how long the leader, whoever it is, has been silent or has not ticked."""
        tick = None if seen is None else (seen.term, seen.ticked_at)
        self.vitals.tick_silence = self._ticks.look({LEAD: tick}, self.clock.monotonic())[LEAD]
        holder = None if seen is None else seen.holder
        self.vitals.leader_silence = 0.0 if holder is None else self.silence.get(holder, 0.0)

    async def _take(self, seen: Lease | None) -> None:
        try:
            self.term = await self.database.transact(self._claim, seen)
        except Fenced:
            return  # taken for dead: first it has to be born again
        if self.term is not None:
            log.info("this instance leads now, in term %d", self.term)
            self.on_taken()

    def _claim(self, connection: Connection, seen: Lease | None) -> int | None:
        instances.prove(connection, self.identity.id)
        return leases.take(connection, self.identity.id, seen, self.clock.now())
