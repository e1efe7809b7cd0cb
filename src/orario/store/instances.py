"""The living Orario processes and their heartbeats."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from orario.core.errors import Fenced
from orario.store.columns import to_micros
from orario.store.leases import MOVED
from orario.store.raw import once, rows, to_uuid
from orario.store.tables import instances


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """One Orario process, alive or remembered. `id` is random at every start."""

    id: UUID
    hostname: str
    pid: int
    version: str
    started_at: datetime
    beat_at: datetime
    gone_at: datetime | None = None


def register(connection: Connection, instance: Instance) -> None:
    """Enter a new process."""
    connection.execute(
        insert(instances).values(
            id=instance.id,
            hostname=instance.hostname,
            pid=instance.pid,
            version=instance.version,
            started_at=instance.started_at,
            beat=0,
            beat_at=instance.beat_at,
        )
    )


_BEAT = "UPDATE instances SET beat = beat + 1, beat_at = ? WHERE id = ? AND gone_at IS NULL"


def beat(connection: Connection, id: UUID, now: datetime) -> None:
    """Say that it lives; raises Fenced when others have given it up."""
    if once(connection, _BEAT, to_micros(now), id.hex) != 1:
        raise Fenced("the other instances have taken this one for dead")


_LIVES = (
    "SELECT 1 FROM instances WHERE id = ? AND gone_at IS NULL"
    f" AND NOT EXISTS (SELECT 1 FROM leases WHERE name = '{MOVED}')"
)


def prove(connection: Connection, id: UUID) -> None:
    """Raise Fenced when others have given this instance up: what it takes now, nobody would believe it to carry.

    Nor may anything be taken where all is on its way to another database.
    """
    if not rows(connection, _LIVES, id.hex):
        raise Fenced("the other instances have taken this one for dead, or all has moved elsewhere")


def beats(connection: Connection) -> Mapping[UUID, int]:
    """The heartbeat count of every instance not known to be gone."""
    found = rows(connection, "SELECT id, beat FROM instances WHERE gone_at IS NULL")
    return {to_uuid(id): count for id, count in found}


def bury(connection: Connection, id: UUID, seen_beat: int, now: datetime, reason: str) -> bool:
    """Declare an instance gone unless it has beaten since; whether it is gone."""
    answer = connection.execute(
        update(instances)
        .where(instances.c.id == id, instances.c.beat == seen_beat, instances.c.gone_at.is_(None))
        .values(gone_at=now, gone_reason=reason)
    )
    return answer.rowcount == 1


def leave(connection: Connection, id: UUID, now: datetime) -> None:
    """A clean goodbye."""
    connection.execute(
        update(instances)
        .where(instances.c.id == id, instances.c.gone_at.is_(None))
        .values(gone_at=now, gone_reason="stopped")
    )


def living(connection: Connection) -> list[Instance]:
    """The instances not known to be gone, oldest first."""
    found = connection.execute(
        select(instances).where(instances.c.gone_at.is_(None)).order_by(instances.c.started_at)
    ).mappings()
    return [
        Instance(
            id=row["id"],
            hostname=row["hostname"],
            pid=row["pid"],
            version=row["version"],
            started_at=row["started_at"],
            beat_at=row["beat_at"],
        )
        for row in found
    ]


def forget(connection: Connection, before: datetime) -> None:
    """Drop the memory of instances gone since before `before`."""
    connection.execute(delete(instances).where(instances.c.gone_at < before))


def called(connection: Connection, ids: Collection[UUID]) -> dict[UUID, str]:
    """How people call these instances, of those that are remembered."""
    query = select(instances.c.id, instances.c.hostname, instances.c.pid).where(instances.c.id.in_(list(ids)))
    return {id: f"{hostname} (pid {pid})" for id, hostname, pid in connection.execute(query)}


def count_at(connection: Connection, moment: datetime) -> int:
    """How many instances lived at a moment."""
    there = (instances.c.started_at <= moment, or_(instances.c.gone_at.is_(None), instances.c.gone_at > moment))
    return connection.scalar(select(func.count()).select_from(instances).where(*there)) or 0
