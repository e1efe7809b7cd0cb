"""Looks after work that is done elsewhere: ends what takes too long, and what nobody waits for any more."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.core.events import Ended, Event, TurnedAway
from orario.core.execution import Ending, Execution, Outcome, State
from orario.core.policy import Policy
from orario.core.settling import settle
from orario.engine.settlement import apply
from orario.store import claims, cursors, elsewhere, jobs

_PAGE = 1000
STILL_BUSY = "nobody pinged in time, but an earlier run was still under way"


def look_after(connection: Connection, now: datetime, prove: Callable[[Connection], None]) -> list[Event]:
    """Write what follows from the time alone, and say what it was; `prove` stops whoever no longer leads."""
    under_way = elsewhere.running(connection, _PAGE)
    if not under_way:
        return []
    prove(connection)
    found = jobs.load(connection, {one.job_id for one in under_way})
    verdicts = [(one, _verdict(one, found[one.job_id].policy, now)) for one in under_way]
    ended = [_ended(one, outcome, found[one.job_id].policy, now) for one, outcome in verdicts if outcome is not None]
    settled = apply(connection, ended, {one.token: found[one.job_id].policy for one in ended}, now)
    busy = sorted({one.job_id for one, outcome in verdicts if outcome is None})
    return [*settled.final, *_skip(connection, busy, now)]


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


def _skip(connection: Connection, busy: list[UUID], now: datetime) -> list[TurnedAway]:
    """A due moment that passes while an earlier run is under way is an overlap, and nobody's fault."""
    if not busy:
        return []
    late = elsewhere.late(connection, busy, now, _PAGE)
    claims.turn_away(connection, [(id, token) for id, token, _ in late], State.SKIPPED, STILL_BUSY, now)
    cursors.count(connection, State.SKIPPED, [(job, None, now) for _, _, job in late])
    return [TurnedAway(id, job, State.SKIPPED, STILL_BUSY) for id, _, job in late]
