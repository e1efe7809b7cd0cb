"""Named sets of dates that jobs leave out."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from orario.store.tables import calendars


@dataclass(frozen=True, slots=True)
class Calendar:
    """A name for some dates: a country's holidays, a company's closing days."""

    name: str
    description: str | None
    dates: tuple[date, ...]
    updated_at: datetime


def dates(connection: Connection, names: Collection[str]) -> dict[str, frozenset[date]]:
    """The dates of these calendars, by name; one that is gone has none."""
    if not names:
        return {}
    rows = connection.execute(select(calendars).where(calendars.c.name.in_(sorted(names))))
    return {row.name: frozenset(map(date.fromisoformat, row.dates)) for row in rows}


def everything(connection: Connection) -> list[Calendar]:
    """All calendars, by name."""
    return [_from_row(row) for row in connection.execute(select(calendars).order_by(calendars.c.name))]


def get(connection: Connection, name: str) -> Calendar | None:
    """The calendar of this name."""
    row = connection.execute(select(calendars).where(calendars.c.name == name)).one_or_none()
    return None if row is None else _from_row(row)


def put(connection: Connection, name: str, description: str | None, days: Iterable[date], now: datetime) -> Calendar:
    """Write a calendar, new or not."""
    values = {
        "description": description,
        "dates": sorted({day.isoformat() for day in days}),
        "updated_at": now,
    }
    written = connection.execute(update(calendars).where(calendars.c.name == name).values(values))
    if written.rowcount == 0:
        connection.execute(insert(calendars).values(name=name, **values))
    return Calendar(name, description, tuple(map(date.fromisoformat, values["dates"])), now)  # type: ignore[arg-type]


def remove(connection: Connection, name: str) -> bool:
    """Forget a calendar; whether there was one."""
    return connection.execute(delete(calendars).where(calendars.c.name == name)).rowcount == 1


def _from_row(row: Row[Any]) -> Calendar:
    return Calendar(row.name, row.description, tuple(map(date.fromisoformat, row.dates)), row.updated_at)
