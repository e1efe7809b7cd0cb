"""Seals what is stored anew, page by page, wherever sealed values stand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Text, cast, inspect, select, update

from orario.core.errors import Misconfigured
from orario.store.tables import executions, jobs, secrets
from orario.store.vault import Vault

_PAGE = 500


@dataclass(frozen=True)
class Place:
    """A column that holds sealed values, and the key of its rows."""

    key: Column[Any]
    column: Column[Any]
    is_tree: bool  # JSON with sealed leaves in it, or a sealed value itself


PLACES = (
    Place(secrets.c.name, secrets.c.sealed, False),
    Place(jobs.c.id, jobs.c.args, True),
    Place(jobs.c.id, jobs.c.declared, True),
    Place(executions.c.id, executions.c.args, True),
)
_OF_APPS: dict[Column[Any], Place] = {}


def heed(tables: MetaData) -> None:
    """Seal anew, too, the columns of an app's tables that say so: `Column(..., info={"sealed": True})` of a tree with
    sealed leaves, `info={"sealed": "text"}` of what `services.sealing` gave."""
    for table in tables.sorted_tables:
        key = next(iter(table.primary_key.columns))
        for one in table.columns:
            if how := one.info.get("sealed"):
                _OF_APPS[one] = Place(key, one, how != "text")


def places(connection: Connection) -> tuple[Place, ...]:
    """Wherever sealed values stand in this database."""
    there = set(inspect(connection).get_table_names()) if _OF_APPS else set()
    return (*PLACES, *(place for place in _OF_APPS.values() if place.column.table.name in there))


@dataclass(frozen=True)
class Resealed:
    """What came of one page; `last` is where the next one begins, None at the end."""

    last: Any
    renewed: int
    unreadable: list[str]


def renew(connection: Connection, place: Place, after: Any, vault: Vault) -> Resealed:
    """One page of a column, sealed with the first key where it was not."""
    key, column = place.key, place.column
    query = select(key, column).where(column.is_not(None)).order_by(key).limit(_PAGE).with_for_update()
    if place.is_tree:
        query = query.where(cast(column, Text).contains('"$sealed"', autoescape=True))
    if after is not None:
        query = query.where(key > after)
    rows = connection.execute(query).all()
    renewed, unreadable = 0, []
    again: Callable[[Any], Any] = vault.renew if place.is_tree else vault.renew_value
    for id, value in rows:
        try:
            fresh = again(value)
        except Misconfigured:
            unreadable.append(f"{key.table.name} {id}")
            continue
        if fresh != value:
            connection.execute(update(key.table).where(key == id).values({column: fresh}))
            renewed += 1
    return Resealed(rows[-1][0] if len(rows) == _PAGE else None, renewed, unreadable)
