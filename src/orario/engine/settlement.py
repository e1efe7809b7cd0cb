"""Writes what attempts came to: final states, retries, streaks, pauses."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.core.events import Ended
from orario.core.execution import State
from orario.core.policy import Policy
from orario.core.settling import failures_in_row, settle, should_pause
from orario.engine.executor import Report
from orario.store import cursors, diary, endings, jobs

_FAILURES = (State.FAILED, State.TIMEOUT)


def decide(report: Report, carrier: UUID) -> Ended:
    """What a report means for its execution."""
    work = report.work
    settlement = settle(work.attempt, report.outcome, work.job.policy, report.finished_at, random.random())
    return Ended(
        work.execution_id,
        work.job.id,
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
        work.task.name,
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a group of endings."""

    final: Sequence[Ended]
    returned: Sequence[Ended]  # they wait for another attempt
    refused: int  # their tokens no longer held


def apply(connection: Connection, ended: Sequence[Ended], policies: Mapping[UUID, Policy], now: datetime) -> Settled:
    """Write these endings where their tokens still hold. `policies` of those that did not succeed, by token."""
    finals = [one for one in ended if one.state is not State.PENDING]
    returned = [one for one in ended if one.state is State.PENDING]
    accepted_back = endings.send_back(connection, returned, now) if returned else []
    kept = {one.token for one in accepted_back}
    # Who asked for an end while the attempt was failing by itself must not get another attempt.
    finals += [one._replace(state=State.CANCELLED, due_at=None) for one in returned if one.token not in kept]
    accepted = endings.finish(connection, finals)
    losers = _losers(connection, accepted, policies)
    _count(connection, accepted)
    for job, failures in losers.items():
        note = f"{failures} failures in a row"
        if jobs.hold(connection, job, now, by=None, note=note):
            diary.paused(connection, job, note, now)
    return Settled(accepted, accepted_back, len(ended) - len(accepted) - len(accepted_back))


def _losers(connection: Connection, accepted: Sequence[Ended], policies: Mapping[UUID, Policy]) -> dict[UUID, int]:
    """The jobs that a losing streak pauses, and its length: ending by ending, whatever shares their commit."""
    watched = {
        one.job_id
        for one in accepted
        if one.state in _FAILURES and policies[one.token].pause_after_failures is not None
    }
    streaks = cursors.streaks(connection, sorted(watched)) if watched else {}
    losers: dict[UUID, int] = {}
    for one in (one for one in accepted if one.job_id in streaks):
        streaks[one.job_id] = failures_in_row(streaks[one.job_id], one.state)
        if one.state in _FAILURES and should_pause(policies[one.token], streaks[one.job_id]):
            losers[one.job_id] = streaks[one.job_id]
    return losers


def _count(connection: Connection, accepted: Sequence[Ended]) -> None:
    """Count what ended alike in one go, but of each job in the order in which it ended: its streak depends on it."""
    if len({one.state for one in accepted}) == 1:
        ends = [(one.job_id, one.started_at, one.finished_at) for one in accepted]
        cursors.count(connection, accepted[0].state, ends)
        return
    groups: dict[tuple[int, State], list[tuple[UUID, datetime | None, datetime]]] = defaultdict(list)
    last: dict[UUID, tuple[int, State]] = {}
    for one in accepted:
        turn, state = last.get(one.job_id, (0, one.state))
        last[one.job_id] = (turn if state is one.state else turn + 1, one.state)
        groups[last[one.job_id]].append((one.job_id, one.started_at, one.finished_at))
    for turn, state in sorted(groups):
        cursors.count(connection, state, groups[turn, state])
