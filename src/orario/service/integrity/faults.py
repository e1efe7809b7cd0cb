"""What a look at the database may find, and what is known while looking."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.store.columns import from_micros
from orario.store.raw import once

Mend = Callable[[Connection], object]


@dataclass(frozen=True)
class Fault:
    """One promise that is broken in one place; `mend` None: nobody but a person can tell what is right."""

    check: str
    sentence: str
    mend: Mend | None = None


@dataclass(frozen=True)
class Scene:
    """When it is, from when on the ledger is gone through, and which instances are alive."""

    now: datetime
    since: datetime
    living: frozenset[UUID]

    @property
    def is_led(self) -> bool:
        return bool(self.living)


@dataclass(frozen=True)
class Sql:
    """Mends by one statement, whose places are question marks; it says itself under which condition."""

    statement: str
    values: tuple[object, ...] = ()

    def __call__(self, connection: Connection) -> int:
        return once(connection, self.statement, *self.values)


Check = Callable[[Connection, Scene], Iterator[Fault]]


def said(moment: datetime | int | None) -> str:
    """A moment in a sentence."""
    if moment is None:
        return "never"
    found = from_micros(moment) if isinstance(moment, int) else moment
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
