"""The right to lead: a term that only grows, proved inside the transactions that use it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, update

from orario.core.errors import Fenced
from orario.store import silences
from orario.store.columns import to_micros
from orario.store.raw import once, rows, to_moment, to_uuid
from orario.store.tables import leases

LEAD = "lead"
MOVED = "moved"  # held by a move to another database: nothing may be taken here any more
_READ = (
    "SELECT l.holder, l.term, l.since, l.ticked_at, i.beat FROM leases l"
    f" LEFT JOIN instances i ON i.id = l.holder AND i.gone_at IS NULL WHERE l.name = '{LEAD}'"
)
_FIRST = f"INSERT INTO leases (name, holder, term, since) VALUES ('{LEAD}', ?, ?, ?) ON CONFLICT (name) DO NOTHING"
_PROVE = f"UPDATE leases SET holder = holder WHERE name = '{LEAD}' AND holder = ? AND term = ?"
_MOVED = f"SELECT 1 FROM leases WHERE name = '{MOVED}'"
_TICK = f"UPDATE leases SET ticked_at = ? WHERE name = '{LEAD}' AND holder = ? AND term = ?"


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
    found = rows(connection, _READ)
    if not found:
        return None
    holder, term, since, ticked_at, beat = found[0]
    return Lease(holder and to_uuid(holder), term, to_moment(since), to_moment(ticked_at), beat)


def is_moved(connection: Connection) -> bool:
    """Whether what is kept here is on its way to another database, or there already."""
    return bool(rows(connection, _MOVED))


def take(connection: Connection, candidate: UUID, seen: Lease | None, now: datetime) -> int | None:
    """Become the leader, unless anything has moved since `seen`; the new term, or None."""
    if read(connection) != seen:
        return None
    term = 1 if seen is None else seen.term + 1
    silences.note_lead(connection, None if seen is None else seen.holder, candidate, now)
    if seen is None:
        taken = once(connection, _FIRST, candidate.hex, term, to_micros(now))
    else:
        taken = connection.execute(
            update(leases)
            .where(leases.c.name == LEAD, leases.c.term == seen.term)
            .values(holder=candidate, term=term, since=now)
        ).rowcount
    return term if taken == 1 else None  # of two that saw the same, the second waits for the first and comes too late


def prove(connection: Connection, holder: UUID, term: int) -> None:
    """Lock the lease for this transaction; raises Fenced when `holder` no longer leads in `term`."""
    _hold(term, once(connection, _PROVE, holder.hex, term))


def tick(connection: Connection, holder: UUID, term: int, now: datetime) -> None:
    """As `prove`, and note that the leader has looked at the clock."""
    _hold(term, once(connection, _TICK, to_micros(now), holder.hex, term))


def _hold(term: int, held: int) -> None:
    if held != 1:
        raise Fenced(f"the lead of term {term} has passed to another instance")


def give_up(connection: Connection, holder: UUID, term: int) -> None:
    """Leave the lead to whoever wants it."""
    connection.execute(
        update(leases)
        .where(leases.c.name == LEAD, leases.c.holder == holder, leases.c.term == term)
        .values(holder=None)
    )
