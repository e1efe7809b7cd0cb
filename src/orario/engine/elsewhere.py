"""Looks after work that is done elsewhere: ends what takes too long, and what nobody has answered in time."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.core.events import Ended, Event, TurnedAway
from orario.core.execution import Ending, Execution, Outcome, State
from orario.core.policy import Policy
from orario.core.settling import settle
from orario.core.task import Mode, Task
from orario.engine.settlement import apply
from orario.store import claims, cursors, elsewhere, jobs

_PAGE = 1000
NO_PING = "no ping came in time"
STILL_BUSY = "no ping came in time, but an earlier run was still under way"


def tasks_of(catalog: Collection[Task], mode: Mode = Mode.ELSEWHERE) -> list[str]:
    """The tasks that nobody here performs."""
    return [task.name for task in catalog if task.mode is mode]


def look_after(
    connection: Connection, catalog: Collection[Task], now: datetime, prove: Callable[[Connection], None]
) -> list[Event]:
    """Write what follows from the time alone, and say what it was; `prove` stops whoever no longer leads."""
    tasks = tasks_of(catalog)
    under_way = elsewhere.running(connection, tasks_of(catalog, Mode.CELERY_TASK), _PAGE)
    late = elsewhere.late(connection, tasks, now, _PAGE) if tasks else []
    if not under_way and not late:
        return []
    prove(connection)
    ended, busy = _end(connection, under_way, now)
    skipped = [one for one in late if one[2] in busy]
    missed = [one for one in late if one[2] not in busy]
    return [
        *ended,
        *_turn_away(connection, skipped, State.SKIPPED, STILL_BUSY, now),
        *_turn_away(connection, missed, State.MISSED, NO_PING, now),
    ]


def _end(connection: Connection, under_way: Sequence[Execution], now: datetime) -> tuple[Sequence[Ended], set[UUID]]:
    """End the runs whose time is over; the jobs that have others."""
    found = jobs.load(connection, {one.job_id for one in under_way})
    policies = {one.token: found[one.job_id].policy for one in under_way}
    verdicts = [(one, _verdict(one, policies[one.token], now)) for one in under_way]
    ended = [_ended(one, outcome, policies[one.token], now) for one, outcome in verdicts if outcome is not None]
    settled = apply(connection, ended, policies, now)
    return settled.final, {one.job_id for one, outcome in verdicts if outcome is None}


def _verdict(one: Execution, policy: Policy, now: datetime) -> Outcome | None:
    """How this run ends, if it does now."""
    if one.cancel_requested_at is not None:
        why = "cancelled here; what does the work elsewhere was not told"
        return Outcome(Ending.CANCELLED, error_message=why, may_retry=False)
    if policy.timeout is None or one.started_at is None or now - one.started_at <= policy.timeout:
        return None
    why = f"it began, and no ping said within {policy.timeout.total_seconds():g} s how it ended"
    return Outcome(Ending.TIMED_OUT, error_message=why, may_retry=False)


def _ended(one: Execution, outcome: Outcome, policy: Policy, now: datetime) -> Ended:
    return Ended(
        execution_id=one.id,
        job_id=one.job_id,
        token=one.token,
        attempt=one.attempt,
        carrier=None,
        started_at=one.started_at or now,
        finished_at=now,
        outcome=outcome,
        progress=one.progress,
        metadata=one.metadata,
        state=settle(one.attempt, outcome, policy, now, 0.0).state,
        due_at=None,
        task=one.task,
    )


def _turn_away(
    connection: Connection, late: Sequence[tuple[UUID, UUID, UUID]], state: State, why: str, now: datetime
) -> list[TurnedAway]:
    claims.turn_away(connection, [(id, token) for id, token, _ in late], state, why, now)
    cursors.count(connection, state, [(job, None, now) for _, _, job in late])
    return [TurnedAway(id, job, state, why) for id, _, job in late]
