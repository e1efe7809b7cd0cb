"""What stands in a database that is being moved, or into which one is being moved, and who must keep away from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, inspect

from orario.core.errors import Misconfigured
from orario.store.columns import from_micros, to_micros
from orario.store.raw import once, rows

MARK = "orario_move"  # in the file, and in the database that it moves to
CHANGES, DONE, KEPT = "orario_move_changes", "orario_move_tables", "orario_move_indexes"
OWN = frozenset({MARK, CHANGES, DONE, KEPT})


class Stage(StrEnum):
    """How far a move is, as the file says; each stage is entered in one transaction."""

    COPYING = "copying"  # its servers fire; whatever changes is written down
    HELD = "held"  # nothing new is opened or claimed; what runs may end
    CLOSED = "closed"  # the file refuses every change
    DONE = "done"  # the same, and PostgreSQL has it all


@dataclass(frozen=True, slots=True)
class Mark:
    """Which move it is, where to, and since when it is at this stage."""

    id: str
    target: str
    stage: Stage
    since: datetime


_MAKE = f"CREATE TABLE IF NOT EXISTS {MARK} (id TEXT PRIMARY KEY, target TEXT, stage TEXT, since BIGINT)"


def read(connection: Connection) -> Mark | None:
    """The mark in a file; None: it was never moved."""
    if not inspect(connection).has_table(MARK):
        return None
    found = rows(connection, f"SELECT id, target, stage, since FROM {MARK}")
    return None if not found else Mark(found[0][0], found[0][1], Stage(found[0][2]), from_micros(found[0][3]))


def write(connection: Connection, mark: Mark) -> None:
    """Put the mark, in the place of another."""
    connection.exec_driver_sql(_MAKE)
    connection.exec_driver_sql(f"DELETE FROM {MARK}")
    values = (mark.id, mark.target, mark.stage.value, to_micros(mark.since))
    once(connection, f"INSERT INTO {MARK} VALUES (?, ?, ?, ?)", *values)


def require_here(connection: Connection) -> None:
    """Raise Misconfigured for a file that has moved, and for a database into which a move is under way."""
    if connection.dialect.name == "postgresql":
        if inspect(connection).has_table(MARK):
            raise Misconfigured(
                "`orario db migrate-to` is filling this database and has not finished; "
                "if it was stopped, do the same command again"
            )
        return
    mark = read(connection)
    if mark is not None and mark.stage is not Stage.COPYING:
        raise Misconfigured(sentence(mark))


def sentence(mark: Mark) -> str:
    """Why a file is not to be used."""
    if mark.stage is Stage.DONE:
        when = mark.since.strftime("%Y-%m-%d %H:%M UTC")
        return f"this Orario moved to {mark.target} on {when}: set ORARIO_DATABASE_URL to where it is now"
    return (
        f"this Orario is on its way to {mark.target}: finish with `orario db migrate-to` and the same address, "
        "or go back with `orario db migrate-to --take-back`"
    )
