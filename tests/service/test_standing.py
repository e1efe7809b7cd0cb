"""Enabling, pausing, deleting: when the job fires next, and what the ledger says of the time between."""

from datetime import timedelta
from uuid import UUID

import pytest

from orario.core.errors import Conflict, Invalid, NotFound
from orario.core.execution import State
from orario.core.schedule import Every
from orario.service.actors import Actor
from orario.service.documents import JobChanges
from orario.service.executions import ExecutionFilter
from orario.service.jobs import JobFilter
from tests.service.conftest import START, World
from tests.service.ledger import claim, gaps_of, moments_of, tick

FIVE = timedelta(minutes=5)


def of(job_id: UUID) -> ExecutionFilter:
    return ExecutionFilter(job_ref=str(job_id))


def test_enabling_an_enabled_job_moves_nothing(world: World, ann: Actor) -> None:
    before = world.jobs.create(world.document(), ann)
    world.clock.advance(timedelta(minutes=2))
    after = world.jobs.set_enabled("letters", True, ann)
    assert (after.cursor, after.job) == (before.cursor, before.job)


def test_an_interval_counts_from_its_enabling(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    assert world.jobs.set_enabled("letters", False, ann).cursor.next_at is None
    world.clock.advance(timedelta(minutes=12))
    view = world.jobs.set_enabled("letters", True, ann)
    assert view.cursor.next_at == START + timedelta(minutes=17)
    assert view.job.schedule == Every(minutes=5, anchor=START + timedelta(minutes=12))


def test_while_disabled_nothing_is_due_and_nothing_is_missed(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    world.jobs.set_enabled("letters", False, ann)
    world.clock.advance(timedelta(hours=5))
    world.jobs.set_enabled("letters", True, ann)
    assert gaps_of(world, "letters") == []


def test_what_was_due_and_not_yet_seen_when_disabled_is_missed(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    world.clock.advance(timedelta(minutes=11))
    world.jobs.set_enabled("letters", False, ann)
    assert gaps_of(world, "letters") == [(START + FIVE, START + 2 * FIVE, 2, "missed")]


def test_a_pause_becomes_one_gap_and_the_job_goes_on_from_now(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    paused = world.jobs.pause("letters", "holidays", None, ann)
    assert paused.cursor.next_at is None
    assert paused.job.is_enabled
    assert paused.job.pause is not None and (paused.job.pause.by, paused.job.pause.note) == ("ann", "holidays")
    world.clock.advance(timedelta(minutes=23))
    tick(world)
    resumed = world.jobs.resume("letters", ann)
    assert resumed.cursor.next_at == START + 5 * FIVE
    assert gaps_of(world, "letters") == [(START + FIVE, START + 4 * FIVE, 4, "paused")]
    world.clock.advance(timedelta(minutes=2))
    tick(world)
    assert moments_of(world, "letters") == [START + 5 * FIVE]


def test_pausing_again_replaces_note_and_end_and_keeps_the_beginning(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    world.jobs.pause("letters", "one", None, ann)
    world.clock.advance(FIVE)
    pause = world.jobs.pause("letters", "two", "2026-01-02", ann).job.pause
    assert pause is not None
    assert (pause.since, pause.note, pause.until) == (START, "two", START + timedelta(days=1))


def test_resuming_a_job_that_is_not_paused_moves_nothing(world: World, ann: Actor) -> None:
    before = world.jobs.create(world.document(), ann)
    world.clock.advance(timedelta(minutes=1))
    assert world.jobs.resume("letters", ann) == before


def test_a_pause_cannot_end_in_the_past(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    with pytest.raises(Invalid, match="until"):
        world.jobs.pause("letters", None, "2025-12-31T00:00:00Z", ann)


def test_a_paused_job_that_is_disabled_and_enabled_stays_paused(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    world.jobs.pause("letters", None, None, ann)
    world.clock.advance(FIVE)
    world.jobs.set_enabled("letters", False, ann)
    world.clock.advance(FIVE)
    view = world.jobs.set_enabled("letters", True, ann)
    assert view.cursor.next_at is None and view.job.pause is not None
    assert gaps_of(world, "letters") == [(START + FIVE, START + FIVE, 1, "paused")]


def test_a_deleted_job_is_gone_its_history_stays_and_its_slug_is_free(world: World, ann: Actor) -> None:
    job = world.jobs.create(world.document(), ann).job
    waiting = world.jobs.trigger("letters", ann)
    claim(world)
    running, waiting = waiting, world.jobs.trigger("letters", ann)
    world.jobs.delete("letters", ann)
    with pytest.raises(NotFound):
        world.jobs.get("letters")
    assert world.services.executions.get(waiting.id).state is State.CANCELLED
    asked = world.services.executions.get(running.id)
    assert (asked.state, asked.cancel_requested_at) == (State.RUNNING, world.clock.now())
    assert world.jobs.create(world.document(), ann).job.slug == "letters"
    assert world.jobs.find(JobFilter(name="letters")).total == 1
    world.clock.advance(timedelta(days=1))
    tick(world)
    assert {one.id for one in world.services.executions.find(of(job.id)).items} == {running.id, waiting.id}


def test_jobs_of_system_tasks_cannot_be_deleted(world: World, ann: Actor) -> None:
    with pytest.raises(Conflict, match="system"):
        world.jobs.delete("sync", ann)
    assert world.jobs.get("sync").job.is_enabled


def test_a_put_that_enables_starts_the_interval_anew(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(isEnabled=False), ann)
    world.clock.advance(timedelta(minutes=7))
    view = world.jobs.change("letters", JobChanges.model_validate({"isEnabled": True}), ann)
    assert view.cursor.next_at == START + timedelta(minutes=12)
