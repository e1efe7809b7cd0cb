"""What is entrusted to others' Celery applications at one moment, and how its endings are written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.core.events import Ended
from orario.core.execution import Execution, Outcome, Progress
from orario.core.job import Job
from orario.core.settling import settle
from orario.engine.handing import Entrusting
from orario.engine.identity import Identity
from orario.engine.jobcache import JobCache
from orario.engine.leader import Leader
from orario.engine.settlement import apply
from orario.engine.telling import Telling
from orario.store import entrusted, jobs, leases
from orario.store.entrusted import Entrusted, Stray


class Attempt(NamedTuple):
    """One try, as far as its ending needs to know it."""

    id: UUID
    token: UUID
    number: int
    task: str
    args: Mapping[str, Any]
    begun: datetime
    metadata: Mapping[str, Any] | None


@dataclass(frozen=True)
class Flight:
    """All that is entrusted, by token."""

    sent: Mapping[UUID, Entrusted]  # not begun, as far as we know
    running: Mapping[UUID, Execution]
    strays: Mapping[UUID, Stray]
    jobs: Mapping[str, Job]  # by key

    def __contains__(self, token: UUID) -> bool:
        return token in self.sent or token in self.running or token in self.strays

    def job(self, token: UUID) -> Job:
        """The job of an attempt that is not over."""
        return self.jobs[self.running[token].job_id.hex if token in self.running else self.sent[token].job]

    def queue(self, token: UUID) -> str:
        """Where its message went."""
        return (self.sent.get(token) or self.running.get(token) or self.strays[token]).queue

    def attempt(self, token: UUID, begun: datetime) -> Attempt:
        """The attempt of this token; `begun` where the database does not say so yet."""
        args = self.job(token).args
        if (one := self.running.get(token)) is not None:
            own = args if one.args is None else one.args
            return Attempt(one.id, token, one.attempt, one.task, own, one.started_at or begun, one.metadata)
        two = self.sent[token]
        own = args if two.args is None else two.args
        return Attempt(two.id, token, two.attempt + 1, two.task, own, begun, None)


@dataclass(frozen=True)
class Errands:
    """The store's side of following. Raises Fenced in an instance that leads no more."""

    identity: Identity
    leader: Leader
    clock: Clock
    cache: JobCache
    telling: Telling
    entrusting: Entrusting

    def flight(self, connection: Connection, tasks: Sequence[str]) -> Flight:
        """What is under way."""
        sent = {one.token: one for one in entrusted.sent(connection)}
        running = {one.token: one for one in entrusted.running(connection, tasks)}
        strays = {one.token: one for one in entrusted.strays(connection)}
        versions = {one.job: one.version for one in sent.values()}
        if running:
            found = jobs.versions(connection, {one.job_id for one in running.values()})
            versions |= {id.hex: version for id, version in found.items()}
        known = self.cache.get(connection, versions.items()) if versions else {}
        return Flight(sent, running, strays, {key: one.job for key, one in known.items()})

    def ended(
        self, one: Attempt, job: Job, outcome: Outcome, metadata: Mapping[str, Any] | None = None
    ) -> tuple[Ended, Job]:
        """What an outcome means for its execution."""
        now = self.clock.now()
        settlement = settle(one.number, outcome, job.policy, now, 0.5)
        ended = Ended(
            execution_id=one.id,
            job_id=job.id,
            token=one.token,
            attempt=one.number,
            carrier=None,
            started_at=one.begun,
            finished_at=now,
            outcome=outcome,
            progress=Progress(),
            metadata={**(one.metadata or {}), **(metadata or {})} or None,
            state=settlement.state,
            due_at=settlement.due_at,
            task=one.task,
        )
        return ended, job

    def settle(self, connection: Connection, ended: Sequence[tuple[Ended, Job]]) -> int:
        """Write these endings; how many were refused, for others had the last word."""
        if not ended:
            return 0
        policies = {one.token: job.policy for one, job in ended}
        settled = apply(connection, [one for one, _ in ended], policies, self.clock.now())
        self.telling.tell(connection, settled.final)
        self.telling.count_returned(connection, settled.returned)
        self.telling.tally.refused(settled.refused)
        return settled.refused

    def prove(self, connection: Connection) -> None:
        """Stop whoever no longer leads."""
        leases.prove(connection, self.identity.id, self.leader.present_term)
