"""What belongs to executions: attempts in order, lines and attempts of what is there, tokens of one attempt each."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import Connection

from orario.core.ids import new_ids
from orario.service.integrity.faults import Fault, Scene, Sql
from orario.store.raw import once, rows, to_uuid

# The last attempt stands in the execution itself, unless it waits for the next one.
_NUMBERING = (
    "SELECT e.id, e.job_name, e.attempt, e.state, COALESCE(a.number, 0), COALESCE(a.first, 1), COALESCE(a.last, 0)"
    " FROM executions e LEFT JOIN (SELECT execution_id, COUNT(*) AS number, MIN(number) AS first, MAX(number) AS last"
    " FROM attempts GROUP BY execution_id) a ON a.execution_id = e.id"
    " WHERE e.attempt > 1 OR a.number > 0"
)
_ORPHANS = "NOT EXISTS (SELECT 1 FROM executions e WHERE e.id = {0}.execution_id)"


def numbering(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """Earlier attempts are numbered from 1, without a hole, up to where the execution is."""
    for id, name, attempt, state, count, first, last in rows(connection, _NUMBERING):
        wanted = {attempt} if state == "pending" else {attempt - 1}
        if state in ("cancelled", "missed", "skipped"):
            wanted |= {attempt}  # ended while it waited for the next
        if first != 1 or last != count:
            yield Fault(
                "attempts", f"of execution {to_uuid(id)} of {name}, attempts are missing between 1 and {last}"
            )
        elif count not in wanted:
            what = f"is at attempt {attempt} ({state}), with {count} earlier ones on record"
            fixed = count if state == "pending" else count + 1
            mend = Sql("UPDATE executions SET attempt = ? WHERE id = ?", (fixed, to_uuid(id).hex))
            yield Fault("attempts", f"execution {to_uuid(id)} of {name} {what}", mend)


def orphans(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """Every log line and every attempt belongs to an execution that is there."""
    for table, what in (("logs", "log lines"), ("attempts", "attempts")):
        lost = _ORPHANS.format(table)
        [found] = rows(connection, f"SELECT COUNT(*), COUNT(DISTINCT execution_id) FROM {table} WHERE {lost}")
        if found[0]:
            sentence = f"{found[0]:,} {what} belong to {found[1]:,} executions that are not there"
            yield Fault("orphans", sentence, Sql(f"DELETE FROM {table} WHERE {lost}"))


def tokens(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """A token names one attempt: whoever holds an earlier one can settle nothing."""
    twice = (
        "SELECT token, COUNT(*), MAX(CASE WHEN state = 'pending' THEN id END) FROM executions"
        " WHERE state IN ('pending', 'running') GROUP BY token HAVING COUNT(*) > 1"
    )
    for token, count, last in rows(connection, twice if connection.dialect.name == "sqlite" else _as_text(twice)):
        sentence = f"{count} executions share the token {to_uuid(token)}"
        yield Fault("tokens", sentence, None if last is None else partial(_renew, id=to_uuid(last).hex, scene=scene))
    used = (
        "SELECT e.id, e.job_name, e.state FROM executions e"
        " JOIN attempts a ON a.execution_id = e.id AND a.token = e.token WHERE e.state IN ('pending', 'running')"
    )
    for id, name, state in rows(connection, used):
        sentence = f"execution {to_uuid(id)} of {name} still has the token of an attempt that is over"
        mend = partial(_renew, id=to_uuid(id).hex, scene=scene) if state == "pending" else None
        yield Fault("tokens", sentence, mend)


def _as_text(query: str) -> str:
    return query.replace("THEN id", "THEN REPLACE(CAST(id AS text), '-', '')")


def _renew(connection: Connection, id: str, scene: Scene) -> None:
    [token] = new_ids(scene.now, 1)
    # Of what runs, the carrier still shows the old one: what it did would be refused.
    once(connection, "UPDATE executions SET token = ? WHERE id = ? AND state = 'pending'", token, id)
