"""Takes the indexes and constraints of the target away while rows come in, and makes them again.

Pages of a table are of different moments: between them the same name may stand in two rows, or a row be missing that
another refers to. What has come over is of one moment only after the next round of catching up.
"""

from sqlalchemy import Connection

from orario.store.moves.marks import KEPT, OWN
from orario.store.moves.source import quoted
from orario.store.raw import once, rows

_MAKE = f"CREATE TABLE {KEPT} (id SERIAL PRIMARY KEY, name TEXT NOT NULL, statement TEXT NOT NULL)"
# Unique ones are made before those that refer to them; primary keys and checks stay.
_CONSTRAINTS = (
    "SELECT conname, relname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid"
    " WHERE contype IN ('u', 'f', 'x') AND connamespace = current_schema()::regnamespace"
    " ORDER BY contype = 'f', conname"
)
_INDEXES = (
    "SELECT i.indexname, i.tablename, i.indexdef FROM pg_indexes i WHERE schemaname = current_schema()"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname AND c.contype IN ('p', 'u', 'x'))"
    " ORDER BY i.indexname"
)


def take_away(connection: Connection) -> None:
    """Drop them all, and keep how each is made."""
    connection.exec_driver_sql(_MAKE)
    constraints = [one for one in rows(connection, _CONSTRAINTS) if one[1] not in OWN]
    indexes = [one for one in rows(connection, _INDEXES) if one[1] not in OWN]
    for name, table, made in constraints:
        _keep(connection, name, f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(name)} {made}")
    for name, _, made in indexes:
        _keep(connection, name, made)
    for name, table, _ in reversed(constraints):
        connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}")
    for name, _, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {quoted(name)}")


def _keep(connection: Connection, name: str, statement: str) -> None:
    once(connection, f"INSERT INTO {KEPT} (name, statement) VALUES (?, ?)", name, statement)


def kept(connection: Connection, *, references: bool) -> list[tuple[int, str]]:
    """Those that are still to be made, number and name: from one table to another, or all the rest."""
    found = rows(connection, f"SELECT id, name, statement FROM {KEPT} ORDER BY id")
    return [(id, name) for id, name, statement in found if (" FOREIGN KEY " in statement) is references]


def make(connection: Connection, id: int) -> None:
    """Make one again, in more memory than PostgreSQL takes for it by itself."""
    [[statement]] = rows(connection, f"DELETE FROM {KEPT} WHERE id = ? RETURNING statement", id)
    connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
