"""Reads what the ledger holds of a job, and lets the leader's part of the engine pass by once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from orario.core.events import Ended
from orario.core.execution import Ending, Outcome, Progress, State, Trigger
from orario.core.planning import plan
from orario.store import calendars, claims, cursors, endings, executions, gaps, history, jobs
from orario.store.history import HistoryFilter
from tests.service.conftest import World

INSTANCE = UUID(int=7)
_OF_A_MOMENT = (Trigger.SCHEDULER, Trigger.BACKFILL)


def tick(world: World) -> None:
    """What the ticker does: due moments become executions and gaps."""
    with world.database.writing() as connection:
        tick_in(connection, world.clock.now())


def tick_in(connection: Connection, now: datetime) -> None:
    """The same, in a transaction that the test holds."""
    for due in cursors.due(connection, now, 1000, hold=True):
        job = jobs.load(connection, [due.job_id])[due.job_id]
        timetable = job.timetable(calendars.dates(connection, job.calendars))
        found = plan(timetable, job.policy, due.position, due.next_at, now)
        fold = timedelta(microseconds=due.fold)
        executions.open_due(connection, [(job, moment + fold) for moment in found.moments], now)
        gaps.record(connection, job.id, found.gaps, now)
        cursors.advance(connection, [(job.id.hex, found.position, found.next_at)])


def claim(world: World) -> None:
    """What the dispatcher does, without limits."""
    now = world.clock.now()
    with world.database.writing() as connection:
        tasks = list(world.catalog)
        found = claims.candidates(connection, now, 100, tasks=tasks, full_jobs=(), full_queues=())
        claims.claim(connection, found, INSTANCE, now)


def settle(world: World, state: State) -> None:
    """What the settler does when everything that runs ends the same way."""
    now = world.clock.now()
    with world.database.writing() as connection:
        ended = [
            Ended(
                one.id,
                one.job_id,
                one.token,
                one.attempt,
                one.carrier,
                one.started_at or now,
                now,
                Outcome(Ending(state.value), error_message=None if state is State.SUCCESS else "no"),
                Progress(),
                None,
                state,
                None,
            )
            for one in executions.orphans(connection, [], 10_000)
        ]
        endings.finish(connection, ended)
        cursors.count(connection, state, [(one.job_id, one.started_at, one.finished_at) for one in ended])


def gaps_of(world: World, ref: str) -> list[tuple[datetime, datetime, int, str]]:
    """The gaps of a job, oldest first."""
    found = reversed(world.jobs.gaps(ref).items)
    return [(gap.first, gap.last, gap.count, gap.reason.value) for gap in found]


def moments_of(world: World, ref: str) -> list[datetime]:
    """The moments of the executions that the schedule opened, oldest first."""
    job = world.jobs.get(ref).job
    with world.database.reading() as connection:
        opened = history.find(connection, HistoryFilter(job_id=job.id), 10_000)
        return sorted(one.scheduled_for for one in opened if one.trigger in _OF_A_MOMENT)
