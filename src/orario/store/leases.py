"""The right to lead: a term that only grows, proved inside the transactions that use it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from orario.core.errors import Fenced
from orario.store.tables import instances, leases

LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Lease:
    """Who leads, in which term, and the holder's heartbeat as last written."""

    holder: UUID | None
    term: int
    since: datetime | None
    ticked_at: datetime | None
    beat: int | None


def read(connection: Connection) -> Lease | None:
    """The lease as it stands; None before anybody ever led."""
    row = connection.execute(
        select(leases.c.holder, leases.c.term, leases.c.since, leases.c.ticked_at, instances.c.beat)
        .outerjoin(instances, (instances.c.id == leases.c.holder) & instances.c.gone_at.is_(None))
        .where(leases.c.name == LEAD)
    ).one_or_none()
    return None if row is None else Lease(*row)


def take(connection: Connection, candidate: UUID, seen: Lease | None, now: datetime) -> int | None:
    """Become the leader, unless anything has moved since `seen`; the new term, or None."""
    if read(connection) != seen:
        return None
    term = 1 if seen is None else seen.term + 1
    if seen is None:
        connection.execute(insert(leases).values(name=LEAD, holder=candidate, term=term, since=now))
    else:
        connection.execute(
            update(leases)
            .where(leases.c.name == LEAD, leases.c.term == seen.term)
            .values(holder=candidate, term=term, since=now)
        )
    return term


def prove(connection: Connection, holder: UUID, term: int, now: datetime) -> None:
    """Lock the lease and note the time; raises Fenced when `holder` no longer leads in `term`."""
    proof = connection.execute(
        update(leases)
        .where(leases.c.name == LEAD, leases.c.holder == holder, leases.c.term == term)
        .values(ticked_at=now)
    )
    if proof.rowcount != 1:
        raise Fenced(f"the lead of term {term} has passed to another instance")


def give_up(connection: Connection, holder: UUID, term: int) -> None:
    """Leave the lead to whoever wants it."""
    connection.execute(
        update(leases)
        .where(leases.c.name == LEAD, leases.c.holder == holder, leases.c.term == term)
        .values(holder=None)
    )
