"""Executions: each in a state that is one, with what belongs to it, and with a cause to be in it."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from orario.core.events import Ended
from orario.core.execution import Ending, Execution, Outcome, State
from orario.core.settling import settle
from orario.core.task import Mode
from orario.service.integrity.faults import Fault, Scene, Sql
from orario.store import cancelling, cursors, endings, executions, jobs
from orario.store.raw import rows, to_uuid

_STATES = ", ".join(f"'{state}'" for state in State)
_FINAL = "state NOT IN ('pending', 'running')"
_BEGAN = "COALESCE(started_at, created_at)"
_SHAPES = (
    (f"{_FINAL} AND finished_at IS NULL", "has ended, but not when", f"finished_at = {_BEGAN}"),
    ("state = 'pending' AND finished_at IS NOT NULL", "waits, but has ended", "finished_at = NULL"),
    ("state = 'running' AND started_at IS NULL", "runs, but has not begun", f"started_at = {_BEGAN}"),
    ("state = 'running' AND attempt < 1", "runs, but not its first attempt", "attempt = 1"),
)
_LOST = "carrier lost: the instance that ran it stopped without a word"
_MANY = 10_000


def known_states(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """Every state is one of the eight."""
    query = f"SELECT id, job_name, state FROM executions WHERE state NOT IN ({_STATES})"
    for id, name, state in rows(connection, query):
        yield Fault("states", f"execution {to_uuid(id)} of {name} is {state!r}, which is no state")


def shapes(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """What has ended says when, what runs says since when, what waits has not ended."""
    for condition, what, fix in _SHAPES:
        for id, name in rows(connection, f"SELECT id, job_name FROM executions WHERE {condition}"):
            mend = Sql(f"UPDATE executions SET {fix} WHERE id = ? AND {condition}", (to_uuid(id).hex,))
            yield Fault("states", f"execution {to_uuid(id)} of {name} {what}", mend)


# What is done elsewhere, and only tells by pings, needs no carrier; nor what Celery applications do themselves.
_BY_NOBODY = (
    "SELECT id FROM executions WHERE state = 'running' AND carrier IS NULL"
    f" AND task NOT IN (SELECT name FROM tasks WHERE handler_type IN ('{Mode.ELSEWHERE}', '{Mode.CELERY_TASK}'))"
)


def carriers(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """What runs is carried by an instance that lives."""
    for one in executions.orphans(connection, list(scene.living), _MANY):
        # NULL is in no list: `orphans` does not find what nobody carries.
        yield _carried_by_none(one, scene)
    for [id] in rows(connection, _BY_NOBODY):
        found = executions.get(connection, to_uuid(id))
        if found is not None:
            yield _carried_by_none(found, scene)


def _carried_by_none(one: Execution, scene: Scene) -> Fault:
    sentence = f"execution {one.id} of {one.job_name} runs, and no living instance carries it"
    return Fault(
        "carriers", f"{sentence}; the next server to start recovers it", partial(_recover, one=one, now=scene.now)
    )


def _recover(connection: Connection, one: Execution, now: datetime) -> None:
    """As a leader does that finds a carrier lost: another attempt if its job has one left, else it has failed."""
    job = jobs.load(connection, [one.job_id]).get(one.job_id)
    outcome = Outcome(Ending.LOST, error_message=_LOST)
    if one.cancel_requested_at is not None or job is None:
        outcome = Outcome(Ending.CANCELLED, error_message=_LOST)
    settlement = None if job is None else settle(one.attempt, outcome, job.policy, now, 0.0)
    state, due_at = (State.CANCELLED, None) if settlement is None else (settlement.state, settlement.due_at)
    facts = (one.id, one.job_id, one.token, one.attempt, one.carrier, one.started_at or now, now)
    ended = Ended(*facts, outcome, one.progress, one.metadata, state, due_at)
    if state is State.PENDING:
        endings.send_back(connection, [ended], now)
    elif endings.finish(connection, [ended]):
        cursors.count(connection, state, [(one.job_id, one.started_at, now)])


def causes(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """What waits belongs to a job that is there; what may not start any more does not wait."""
    query = (
        "SELECT e.id, e.job_name FROM executions e LEFT JOIN jobs j ON j.id = e.job_id AND j.deleted_at IS NULL"
        " WHERE e.state = 'pending' AND j.id IS NULL"
    )
    for id, name in rows(connection, query):
        sentence = f"execution {to_uuid(id)} of {name} waits, but its job is gone"
        yield Fault("causes", sentence, partial(_cancel, id=to_uuid(id).hex, scene=scene))


def _cancel(connection: Connection, id: str, scene: Scene) -> None:
    cancelling.cancel_pending(connection, to_uuid(id), "orario db verify", scene.now)
