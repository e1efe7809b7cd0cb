"""Writes what attempts came to: final states, retries, streaks, pauses."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.core.execution import State
from orario.core.policy import Policy
from orario.core.settling import settle, should_pause
from orario.engine.executor import Report
from orario.store import cursors, executions, jobs
from orario.store.executions import Ended

_FAILURES = (State.FAILED, State.TIMEOUT)


def decide(report: Report, carrier: UUID) -> Ended:
    """What a report means for its execution."""
    work = report.work
    settlement = settle(work.attempt, report.outcome, work.policy, report.finished_at, random.random())
    return Ended(
        work.execution_id,
        work.job_id,
        work.token,
        work.attempt,
        carrier,
        work.started_at,
        report.finished_at,
        report.outcome,
        report.progress,
        report.metadata,
        settlement.state,
        settlement.due_at,
    )


def apply(connection: Connection, ended: Sequence[Ended], policies: Mapping[UUID, Policy], now: datetime) -> int:
    """Write these endings where their tokens still hold; how many did not. `policies` are by job."""
    finals = [one for one in ended if one.state is not State.PENDING]
    returned = [one for one in ended if one.state is State.PENDING]
    accepted_back = executions.send_back(connection, returned, now)
    kept = {one.token for one in accepted_back}
    # Who asked for an end while the attempt was failing by itself must not get another attempt.
    finals += [replace(one, state=State.CANCELLED, due_at=None) for one in returned if one.token not in kept]
    accepted = executions.finish(connection, finals)
    _count(connection, accepted)
    _pause_losers(connection, accepted, policies, now)
    return len(ended) - len(accepted) - len(accepted_back)


def _count(connection: Connection, accepted: Sequence[Ended]) -> None:
    by_state: dict[State, list[tuple[UUID, datetime | None, datetime]]] = defaultdict(list)
    for one in accepted:
        by_state[one.state].append((one.job_id, one.started_at, one.finished_at))
    for state, ends in by_state.items():
        cursors.count(connection, state, ends)


def _pause_losers(
    connection: Connection, accepted: Sequence[Ended], policies: Mapping[UUID, Policy], now: datetime
) -> None:
    watched = {
        one.job_id
        for one in accepted
        if one.state in _FAILURES and policies[one.job_id].pause_after_failures is not None
    }
    if not watched:
        return
    for job, failures in cursors.streaks(connection, list(watched)).items():
        if should_pause(policies[job], failures):
            jobs.hold(connection, job, now, by=None, note=f"{failures} failures in a row")
