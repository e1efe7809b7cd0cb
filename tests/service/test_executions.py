"""Runs by hand, backfills, cancelling, running again, finding."""

from datetime import timedelta
from threading import Timer
from uuid import UUID

import pytest

from orario.core.errors import Conflict, Invalid, NotFound
from orario.core.execution import State, Trigger
from orario.core.secrecy import MASK
from orario.service.actors import Actor
from orario.service.documents import BackfillDocument
from orario.service.executions import ExecutionFilter
from orario.store.wake import Topic
from tests.service.conftest import START, World
from tests.service.ledger import claim, moments_of, settle, tick

FIVE = timedelta(minutes=5)


@pytest.fixture
def letters(world: World, ann: Actor) -> str:
    return world.jobs.create(world.document(), ann).job.slug


def test_a_trigger_opens_one_execution_and_moves_nothing(world: World, ann: Actor, letters: str) -> None:
    before = world.jobs.get(letters).cursor
    world.rung.clear()
    opened = world.jobs.trigger(letters, ann, {"to": "bob", "password": "hunter2"}, priority=7)
    assert (opened.trigger, opened.triggered_by, opened.priority) == (Trigger.MANUAL, "ann", 7)
    assert opened.args == {"to": "bob", "password": MASK}
    view = world.jobs.get(letters)
    assert (view.cursor, view.pending) == (before, 1)
    assert world.rung == [Topic.PENDING, Topic.CHANGED]


def test_a_trigger_checks_its_arguments(world: World, ann: Actor, letters: str) -> None:
    with pytest.raises(Invalid, match=r"taskArgs\.to"):
        world.jobs.trigger(letters, ann, {"to": 1})
    assert world.services.executions.find(ExecutionFilter()).total == 0


def test_a_disabled_job_cannot_be_triggered_and_a_paused_one_can(world: World, ann: Actor, letters: str) -> None:
    world.jobs.pause(letters, None, None, ann)
    assert world.jobs.trigger(letters, ann)
    world.jobs.set_enabled(letters, False, ann)
    with pytest.raises(Conflict, match="disabled"):
        world.jobs.trigger(letters, ann)


def test_a_job_at_its_limit_is_known(world: World, ann: Actor, letters: str) -> None:
    world.jobs.trigger(letters, ann)
    assert not world.jobs.trigger_at_limit(letters)
    claim(world)
    assert world.jobs.trigger_at_limit(letters)
    assert world.jobs.get(letters).running == 1


def test_what_waits_is_cancelled_at_once_and_counted(world: World, ann: Actor, letters: str) -> None:
    opened = world.jobs.trigger(letters, ann)
    cancelled = world.services.executions.cancel(opened.id, ann)
    assert (cancelled.state, cancelled.reason) == (State.CANCELLED, "cancelled by ann")
    assert world.jobs.get(letters).cursor.counts[State.CANCELLED] == 1
    with pytest.raises(Conflict, match="ended"):
        world.services.executions.cancel(opened.id, ann)


def test_what_runs_is_asked_to_stop(world: World, ann: Actor, letters: str) -> None:
    opened = world.jobs.trigger(letters, ann)
    claim(world)
    world.rung.clear()
    asked = world.services.executions.cancel(opened.id, ann)
    assert (asked.state, asked.cancel_requested_at) == (State.RUNNING, START)
    assert Topic.CANCEL in world.rung


def test_only_what_has_ended_can_be_run_again(world: World, ann: Actor, letters: str) -> None:
    first = world.jobs.trigger(letters, ann, {"to": "bob", "password": "hunter2"})
    with pytest.raises(Conflict, match="pending"):
        world.services.executions.retry(first.id, ann)
    claim(world)
    settle(world, State.FAILED)
    again = world.services.executions.retry(first.id, ann)
    assert (again.trigger, again.rerun_of, again.args) == (Trigger.RERUN, first.id, first.args)
    other = world.services.executions.retry(first.id, ann, {"to": "eve", "password": MASK})
    assert other.args == {"to": "eve", "password": MASK}


def test_an_execution_that_is_not_there_is_not_found(world: World, ann: Actor) -> None:
    for id in ("nonsense", "01a200fd-d1f4-7000-8000-000000000000"):
        with pytest.raises(NotFound):
            world.services.executions.get(id)


def test_a_backfill_runs_each_missing_moment_once(world: World, ann: Actor, letters: str) -> None:
    world.clock.advance(timedelta(minutes=31))
    tick(world)  # misfire "latest": one execution for six moments
    assert moments_of(world, letters) == [START + 6 * FIVE]
    stretch = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:31:00Z"}
    dry = world.jobs.backfill(letters, BackfillDocument.model_validate({**stretch, "dryRun": True}), ann)
    assert (len(dry.moments), dry.opened, dry.skipped) == (6, 0, 1)
    done = world.jobs.backfill(letters, BackfillDocument.model_validate(stretch), ann)
    assert (done.opened, done.skipped) == (5, 1)
    assert moments_of(world, letters) == [START + n * FIVE for n in range(1, 7)]
    assert world.jobs.backfill(letters, BackfillDocument.model_validate(stretch), ann).opened == 0
    filled = world.services.executions.find(ExecutionFilter(trigger=Trigger.BACKFILL)).items
    assert {one.triggered_by for one in filled} == {"ann"}


def test_a_backfill_of_the_future_or_of_too_much_is_refused(world: World, ann: Actor, letters: str) -> None:
    world.clock.advance(timedelta(hours=3))
    for until, limit, place in (("2027-01-01", 9, "until"), ("2026-01-01T02:00:00Z", 9, "limit")):
        document = BackfillDocument.model_validate({"since": "2026-01-01", "until": until, "limit": limit})
        with pytest.raises(Invalid, match=place):
            world.jobs.backfill(letters, document, ann)


def test_pages_come_newest_first_and_cursors_lead_on(world: World, ann: Actor, letters: str) -> None:
    opened = [world.jobs.trigger(letters, ann).id for _ in range(7)]
    find = world.services.executions.find
    first = find(ExecutionFilter(job_ref=letters), per_page=3)
    assert ([one.id for one in first.items], first.total) == (opened[:3:-1], 7)
    second = find(ExecutionFilter(), per_page=3, cursor=first.next_cursor)
    assert second.items == find(ExecutionFilter(), page=2, per_page=3).items
    last = find(ExecutionFilter(), page=3, per_page=3)
    assert ([one.id for one in last.items], last.next_cursor) == (opened[:1], None)


def test_filters_and_totals_agree(world: World, ann: Actor, letters: str) -> None:
    for _ in range(3):
        world.jobs.trigger(letters, ann)
    claim(world)
    settle(world, State.FAILED)
    world.jobs.trigger("sync", ann)
    world.services.executions.cancel(world.jobs.trigger(letters, ann).id, ann)

    def total(**wanted: object) -> tuple[int, int]:
        page = world.services.executions.find(ExecutionFilter(**wanted))  # type: ignore[arg-type]
        return len(page.items), page.total

    assert total() == (5, 5)
    assert total(states=(State.FAILED,)) == (3, 3)
    assert total(states=(State.PENDING, State.CANCELLED)) == (2, 2)
    assert total(job_ref=letters, states=(State.PENDING,)) == (0, 0)
    assert total(task="shop.sync") == (1, 1)
    assert total(app="shop") == (1, 1)
    assert total(queue="mail", search="LETT") == (4, 4)
    assert total(since=world.clock.now(), until=world.clock.now() + FIVE) == (5, 5)
    assert total(until=START - FIVE) == (0, 0)
    assert total(job_ref="unknown") == (0, 0)
    assert total(search="100%") == (0, 0)


def test_attempts_and_figures_tell_how_it_went(world: World, ann: Actor, letters: str) -> None:
    opened = world.jobs.trigger(letters, ann)
    claim(world)
    world.clock.advance(timedelta(seconds=4))
    settle(world, State.SUCCESS)
    (attempt,) = world.services.executions.attempts(opened.id)
    assert (attempt.number, attempt.started_at, attempt.ending) == (1, START, "success")
    for stats in (world.services.executions.stats(), world.services.executions.stats(START, letters)):
        assert (stats.total, stats.counts[State.SUCCESS], stats.average_seconds) == (1, 1, 4.0)


def test_waiting_ends_as_soon_as_the_execution_has(world: World, ann: Actor, letters: str) -> None:
    opened = world.jobs.trigger(letters, ann)
    assert world.services.executions.wait(opened.id, 0.05).state is State.PENDING
    Timer(0.1, lambda: world.services.executions.cancel(opened.id, ann)).start()
    assert world.services.executions.wait(opened.id, 20).state is State.CANCELLED


def test_bulk_actions_tell_what_was_refused(world: World, ann: Actor, letters: str) -> None:
    opened = str(world.jobs.trigger(letters, ann).id)
    results = world.services.executions.bulk_cancel([opened, "nothing", opened], ann)
    assert [(one.ref, one.is_done) for one in results] == [(opened, True), ("nothing", False)]


def test_a_search_that_ends_somewhere_goes_on_behind_the_oldest_that_was_shown(world: World, ann: Actor) -> None:
    slug = world.jobs.create(world.document(name="Sought after"), ann).job.slug
    opened = [world.jobs.trigger(slug, ann).id for _ in range(3)]

    def found(within: int | None, cursor: str | None = None) -> list[UUID]:
        wanted = ExecutionFilter(search="sought", within=within)
        return [one.id for one in world.services.executions.find(wanted, cursor=cursor).items]

    assert found(None) == opened[::-1]
    assert found(2) == [opened[2], opened[1]]
    assert found(2, opened[1].hex) == [opened[0]]
