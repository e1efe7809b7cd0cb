"""Forgetting old executions: what goes, what stays, and that no total changes by it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from orario.core.execution import Level, LogLine, State, Trigger
from orario.service.actors import Actor
from orario.service.executions import ExecutionFilter
from orario.service.retention import Removed
from orario.store import daily, executions, gaps, history, jobs, logs, tables
from orario.store.pruning import LINES_AT_ONCE
from tests.service.conftest import START, World
from tests.service.ledger import claim, gaps_of, settle, tick

A_DAY = timedelta(days=1)
FIVE = timedelta(minutes=5)


def prune(world: World, days: float = 90, count: int = 0, audit_days: float = 0) -> Removed:
    """All steps, without a rest."""
    return sum((step.removed for step in world.services.retention.prune(days, count, audit_days)), Removed())


def run(world: World, times: int, state: State = State.SUCCESS, every: timedelta = FIVE) -> None:
    """Let a job fire so often; each execution ends in the same way, after two seconds."""
    for _ in range(times):
        world.clock.advance(every)
        tick(world)
        claim(world)
        world.clock.advance(timedelta(seconds=2))
        settle(world, state)


def rows(world: World, table: Any) -> int:
    with world.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def ids(world: World, ref: str = "letters") -> list[UUID]:
    """The job's executions, newest first."""
    return [one.id for one in world.services.executions.find(ExecutionFilter(job_ref=ref), per_page=100).items]


def days(world: World, ref: str | None = None) -> list[daily.Day]:
    found = world.services.executions.daily(START.date(), (START + 400 * A_DAY).date(), ref)
    return [day for day in found if sum(day.counts.values()) or day.passed_over]


def test_what_is_old_and_has_ended_is_forgotten_and_nothing_else(world: World, ann: Actor) -> None:
    slug = world.jobs.create(world.document(scheduleConfig={"hours": 1000}), ann).job.slug
    old = [world.jobs.trigger(slug, ann).id for _ in range(3)]
    claim(world)
    with world.database.writing() as connection:
        logs.write(connection, [LogLine(id, 1, START, Level.INFO, "line") for id in old])
    settle(world, State.SUCCESS)
    waiting = world.jobs.trigger(slug, ann).id
    world.clock.advance(A_DAY)
    young = world.jobs.trigger(slug, ann).id
    assert prune(world, days=0.5) == Removed(executions=3, log_lines=3)
    assert ids(world) == [young, waiting]
    assert world.services.executions.find(ExecutionFilter()).total == 2
    assert prune(world, days=0.5) == Removed()


def test_totals_and_days_are_the_same_before_and_after(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    for state in (State.SUCCESS, State.FAILED, State.SUCCESS):
        run(world, 4, state)
        world.clock.advance(A_DAY)
    counts, before, of_job = world.jobs.get("letters").cursor.counts, days(world), days(world, "letters")
    stats = world.services.executions.stats()
    lately = world.services.executions.stats(START)
    assert sum(sum(day.counts.values()) for day in before) == stats.total == lately.total
    ended = rows(world, tables.executions)
    assert prune(world, days=0.5).executions == ended > 12
    assert world.jobs.get("letters").cursor.counts == counts
    assert days(world) == before and days(world, "letters") == of_job
    assert world.services.executions.stats() == stats
    assert world.services.executions.stats(START) == lately
    assert world.services.executions.find(ExecutionFilter()).total == 0


def test_a_day_keeps_its_lengths_and_its_lateness(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    run(world, 4)
    world.clock.advance(A_DAY)
    prune(world, days=0.5)
    [day] = days(world)
    assert (day.day, day.counts[State.SUCCESS], day.attempts) == (date(2026, 1, 1), 4, 4)
    assert (day.durations.count, day.durations.average, day.durations.longest, day.shortest) == (4, 2.0, 2.0, 2.0)
    assert 1.0 < (day.durations.percentile(0.5) or 0) <= 2.0
    assert day.lags.count == 4


def test_of_each_job_only_the_newest_are_kept_if_so_many_are_wanted(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    world.jobs.create(world.document(name="Others"), ann)
    run(world, 6)
    newest = ids(world)[:2]
    world.clock.advance(timedelta(seconds=10))
    assert prune(world, count=2).executions == 8
    assert ids(world) == newest and len(ids(world, "others")) == 2
    assert prune(world, count=2) == Removed()


def test_a_job_may_keep_more_or_less_than_the_others(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(name="Usual"), ann)
    world.jobs.create(world.document(name="Long", keepDays=400), ann)
    world.jobs.create(world.document(name="Short", keepDays=0.001), ann)
    world.jobs.create(world.document(name="Few", keepCount=1), ann)
    run(world, 3)
    world.clock.advance(timedelta(minutes=4))
    prune(world, days=90)
    assert [len(ids(world, ref)) for ref in ("usual", "long", "short", "few")] == [3, 3, 0, 1]
    world.clock.advance(100 * A_DAY)
    prune(world, days=90)
    assert [len(ids(world, ref)) for ref in ("usual", "long", "short", "few")] == [0, 3, 0, 0]


def test_an_execution_that_a_waiting_notice_speaks_of_stays(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    run(world, 2)
    spoken_of = ids(world)[1]
    letter = {"to": "ann", "headers": {"about": str(spoken_of)}}
    with world.database.writing() as connection:
        job = jobs.find_by_slug(connection, "letters")
        assert job is not None
        told: dict[str, Any] = {"trigger": Trigger.MANUAL, "triggered_by": None, "args": letter}
        now = world.clock.now()
        assert executions.open_one(connection, job, now=now, scheduled_for=now, **told)
    world.clock.advance(100 * A_DAY)
    assert prune(world).executions == 1
    assert spoken_of in ids(world)


def test_a_flood_of_log_lines_goes_in_small_steps(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    run(world, 1)
    [id] = ids(world)
    with world.database.writing() as connection:
        logs.write(connection, [LogLine(id, 1, START, Level.INFO, "line")] * (2 * LINES_AT_ONCE + 5))
    world.clock.advance(100 * A_DAY)
    steps = [step.removed for step in world.services.retention.prune(90)]
    assert [(step.executions, step.log_lines) for step in steps] == [(0, 2000), (0, 2000), (1, 5)]


def test_a_pass_that_is_left_in_the_middle_goes_on_with_the_next(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    run(world, 5)
    world.clock.advance(100 * A_DAY)
    world.services.retention.prune(90).close()  # type: ignore[attr-defined]
    assert prune(world).executions == 5


def test_gaps_go_too_and_how_many_moments_they_held_stays(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    world.jobs.pause("letters", None, None, ann)
    world.clock.advance(timedelta(hours=1))
    world.jobs.resume("letters", ann)
    before = days(world)
    assert [day.passed_over for day in before] == [12]
    world.clock.advance(100 * A_DAY)
    assert prune(world) == Removed(gaps=1)
    assert gaps_of(world, "letters") == []
    assert days(world) == before


def test_old_changes_and_keys_are_forgotten(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann, idempotency_key="one")
    world.clock.advance(2 * A_DAY)
    assert prune(world, audit_days=1) == Removed(audit_rows=rows(world, tables.jobs), idempotency_keys=1)
    assert rows(world, tables.audit) == rows(world, tables.idempotency) == 0


def test_a_deleted_job_disappears_with_the_last_of_its_history(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    run(world, 2)
    world.jobs.delete("letters", ann)
    before, present = days(world), rows(world, tables.jobs)
    assert prune(world) == Removed(), "its history is young"
    world.clock.advance(100 * A_DAY)
    assert prune(world) == Removed(executions=2, jobs=1)
    assert rows(world, tables.jobs) == present - 1
    assert days(world) == before, "what it did still counts"
    with world.database.reading() as connection:
        assert history.counters(connection)[State.SUCCESS] == 2


def test_a_job_that_code_declares_is_remembered_as_deleted(world: World, ann: Actor) -> None:
    world.jobs.delete("close_the_day", ann)
    world.clock.advance(100 * A_DAY)
    assert prune(world).jobs == 0
    assert [one.is_deleted for one in world.jobs.diff("close_the_day")] == [True]


@pytest.mark.parametrize("statement", ["of_all", "of_one", "surplus"])
def test_no_step_looks_at_more_than_it_removes(world: World, ann: Actor, statement: str) -> None:
    if world.database.dialect != "sqlite":
        pytest.skip("the plans of PostgreSQL depend on what is in the tables")
    query = {
        "of_all": "SELECT id FROM executions WHERE job_id NOT IN (SELECT id FROM jobs WHERE keeps_apart) AND id > 'a'"
        " AND id < 'b' AND state NOT IN ('pending', 'running') ORDER BY id LIMIT 9",
        "of_one": "SELECT id FROM executions WHERE job_id = 'a' AND id > 'a' AND id < 'b'"
        " AND state NOT IN ('pending', 'running') ORDER BY id LIMIT 9",
        "surplus": "SELECT SUM(success) FROM rollups WHERE job_id = 'a'",
    }[statement]
    with world.database.reading() as connection:
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
    assert "SCAN" not in plan.replace("SCAN jobs USING", "") and "TEMP B-TREE" not in plan, plan


def test_gaps_in_the_past_of_a_job_that_keeps_longer_stay(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(keepDays=400), ann)
    world.jobs.pause("letters", None, None, ann)
    world.clock.advance(timedelta(hours=1))
    world.jobs.resume("letters", ann)
    world.clock.advance(100 * A_DAY)
    assert prune(world) == Removed()
    with world.database.reading() as connection:
        assert gaps.count_of_job(connection, world.jobs.get("letters").job.id) == 1
