"""How much of the history is kept: forgetting the rest in steps that nobody has to wait for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.core.ids import first_id
from orario.core.policy import Policy
from orario.service.pace import Pace
from orario.store import outdated, pruning
from orario.store.database import Database
from orario.store.outdated import SETTLING
from orario.store.pruning import Removed

Answer = TypeVar("Answer")

__all__ = ["Keeping", "Removed", "Retention", "Step"]

_NOTHING = UUID(int=0)
_BITE = 25  # executions after which a step looks whether somebody waits for it
_FROM_THE_START = timedelta(days=1)
_EVER = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept where a job does not say otherwise. `count` None: however many."""

    age: timedelta
    count: int | None
    audit_age: timedelta

    @classmethod
    def of(cls, days: float, count: int, audit_days: float) -> "Keeping":
        """As settings say it; 0 means no limit."""
        return cls(timedelta(days=days) or _EVER, count or None, timedelta(days=audit_days) or _EVER)


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction removed, and the seconds to rest before the next, so that nobody waits."""

    removed: Removed
    rest: float


@dataclass
class _Floor:
    """Up to which id nothing is left to forget of jobs that say nothing; looked through anew once a day."""

    id: UUID = _NOTHING
    age: timedelta = timedelta(0)
    since: datetime | None = None


@dataclass(frozen=True)
class Retention:
    """Forgets what is older, or more, than is to be kept. Safe while jobs fire, and beside another one."""

    database: Database
    clock: Clock
    _floor: _Floor = field(default_factory=_Floor)

    def prune(self, days: float, count: int = 0, audit_days: float = 0) -> Iterator[Step]:
        """Step by step, a transaction each; between them the caller rests. 0 means no limit.

        It may be left at any point, and goes on with the next call.
        """
        keeping = Keeping.of(days, count, audit_days)
        yield from _Pass(self.database, self.clock.now(), keeping, self._floor).steps()

    def outdated(self, days: float, most: int = 10_000_000) -> int:
        """About how many executions `prune` will remove for their age; for progress."""
        before = self.clock.now() - Keeping.of(days, 0, 0).age
        with self.database.reading() as connection:
            return outdated.count_ended(connection, self._floor.id, before, most)


@dataclass
class _Pass:
    """One way through all that may be forgotten."""

    database: Database
    now: datetime
    keeping: Keeping
    floor: _Floor
    pace: Pace = field(default_factory=Pace)
    spoken_of: frozenset[UUID] = frozenset()

    def steps(self) -> Iterator[Step]:
        with self.database.reading() as connection:
            self.spoken_of = outdated.spoken_of(connection)
            apart = outdated.apart(connection)
            most = self.keeping.count
            crowded = [] if most is None else outdated.crowded(connection, most)
        for job, policy in apart:
            yield from self._of_job(job, policy)
        for crowd in crowded:
            yield from self._surplus(crowd, most)
        yield from self._of_all()
        yield from self._gaps(None, self.keeping.age)
        yield from self._others()
        yield from self._deserted()

    def _of_job(self, job: UUID, policy: Policy) -> Iterator[Step]:
        """A job that says itself what is kept; where it says one thing only, the setting says the other."""
        age = self.keeping.age if policy.keep_for is None else policy.keep_for
        yield from self._ended(job, self.now - age)
        yield from self._surplus(job, self.keeping.count if policy.keep_count is None else policy.keep_count)
        yield from self._gaps(job, age)

    def _surplus(self, job: UUID, most: int | None) -> Iterator[Step]:
        if most is not None:
            with self.database.reading() as connection:
                surplus = outdated.surplus(connection, job, most)
            yield from self._ended(job, self.now + SETTLING, surplus)

    def _of_all(self) -> Iterator[Step]:
        before, floor = self.now - self.keeping.age, self.floor
        if floor.since is None or self.now - floor.since > _FROM_THE_START or self.keeping.age > floor.age:
            floor.id, floor.since = _NOTHING, self.now
        floor.age = self.keeping.age
        yield from self._ended(None, before, after=floor.id)
        floor.id = first_id(before)

    def _ended(
        self, job: UUID | None, before: datetime, most: int | None = None, after: UUID = _NOTHING
    ) -> Iterator[Step]:
        """Ended executions opened before a moment, the oldest first, `most` at most."""
        left = most
        while left is None or left > 0:
            limit = self.pace.size if left is None else min(self.pace.size, left)
            done, step = self._step(partial(self._forget, job=job, after=after, before=before, limit=limit))
            if done is None:
                return
            after = done
            left = None if left is None else left - step.removed.executions
            yield step

    def _forget(
        self, connection: Connection, job: UUID | None, after: UUID, before: datetime, limit: int
    ) -> tuple[UUID | None, Removed]:
        """One step: up to where it came (None: there is nothing more), and what is gone."""
        found = outdated.ended(connection, job, after, before, limit)
        if not found:
            return None, Removed()
        settled, removed = self.now - SETTLING, Removed()
        for start in range(0, len(found), _BITE):
            bite = found[start : start + _BITE]
            ids = [id.hex for id, finished_at in bite if finished_at <= settled and id not in self.spoken_of]
            gone = pruning.forget_executions(connection, ids) if ids else Removed()
            removed += gone
            if ids and not gone.executions:  # only some of their lines, yet
                break
            after = bite[-1][0]
            if self.database.waiting_since() is not None:  # somebody wants to write: what is done is committed
                break
        return after, removed

    def _gaps(self, job: UUID | None, age: timedelta) -> Iterator[Step]:
        def forget(connection: Connection) -> tuple[bool, Removed]:
            ids = outdated.old_gaps(connection, job, 0, self.now - age, self.pace.size)
            return bool(ids), pruning.forget_gaps(connection, ids) if ids else Removed()

        yield from self._while_any(forget)

    def _others(self) -> Iterator[Step]:
        before = self.now - self.keeping.audit_age
        yield from self._while_any(lambda c: _told(pruning.forget_audit(c, before, self.pace.size)))
        yield from self._while_any(lambda c: _told(pruning.forget_keys(c, self.now)), once=True)

    def _deserted(self) -> Iterator[Step]:
        with self.database.reading() as connection:
            found = outdated.deserted(connection)
        for job in found:
            yield self._step(partial(_forget_job, job=job))[1]

    def _while_any(self, act: Callable[[Connection], tuple[bool, Removed]], once: bool = False) -> Iterator[Step]:
        while True:
            more, step = self._step(act)
            if step.removed:
                yield step
            if once or not more:
                return

    def _step(self, act: Callable[[Connection], tuple[Answer, Removed]]) -> tuple[Answer, Step]:
        """One transaction. How long others had to wait for it decides how much goes into the next."""
        with self.database.writing(lazily=True) as connection:
            began = perf_counter()
            answer, removed = act(connection)
        took = perf_counter() - began
        return answer, Step(removed, self.pace.after(removed.executions, took))


def _forget_job(connection: Connection, job: UUID) -> tuple[UUID, Removed]:
    return job, pruning.forget_job(connection, job)


def _told(removed: Removed) -> tuple[bool, Removed]:
    return bool(removed), removed
