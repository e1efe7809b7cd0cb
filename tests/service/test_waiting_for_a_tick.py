"""Edits that wait for a tick, for longer than any two clocks differ, on a database with several writers."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from orario import App, Every
from orario.engine.jobcache import JobCache
from orario.engine.rewinding import rewind
from orario.service.actors import Actor, Role
from orario.service.documents import JobChanges
from orario.service.watched import Ping, Signal
from orario.store import cursors, jobs
from orario.store.rescheduling import reschedule
from tests.service.conftest import World
from tests.service.ledger import moments_of, tick_in

ANN = Actor("1", "ann", Role.ADMIN)
LONG = timedelta(seconds=5)  # more than clocks differ
PATIENCE = 20.0  # seconds of a real clock, for what takes milliseconds
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
LOOKING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
YAML = "jobs: [{slug: poll, name: Poll, task: shop.poll, jobType: interval, scheduleConfig: {seconds: 3}}]"


def make_app(seconds: int = 1) -> App:
    app = App("shop")

    @app.task(schedule=Every(seconds=seconds), misfire="all", elsewhere=True)
    async def poll() -> None:
        """Poll."""

    return app


def change(world: World, **sent: object) -> None:
    world.jobs.change("poll", JobChanges.model_validate(sent), ANN)


def put_calendar(world: World, year: int) -> None:
    world.services.schedules.put_calendar("holidays", None, [date(year, 1, 1)], ANN)


def name_calendar(world: World) -> None:
    put_calendar(world, 2030)
    change(world, excludeCalendars=["holidays"])


Step = Callable[[World], object]
EDITS: dict[str, tuple[Step, Step]] = {  # what goes before, and what waits
    "change": (lambda world: None, lambda world: change(world, scheduleConfig={"seconds": 3})),
    "pause": (lambda world: None, lambda world: world.jobs.pause("poll", None, None, ANN)),
    "disable": (lambda world: None, lambda world: world.jobs.set_enabled("poll", False, ANN)),
    "apply": (lambda world: None, lambda world: world.jobs.apply(YAML, ANN)),
    "declare": (lambda world: None, lambda world: world.declare(make_app(3))),
    "reset": (
        lambda world: change(world, scheduleConfig={"seconds": 2}),
        lambda world: world.jobs.reset("poll", ANN),
    ),
    "calendar": (name_calendar, lambda world: put_calendar(world, 2031)),
    "ping": (
        lambda world: None,
        lambda world: world.services.watched.ping(world.jobs.get("poll").job.id, Ping(signal=Signal.START)),
    ),
}


@pytest.fixture
def world(tmp_path: Path, postgresql_url: str) -> Iterator[World]:
    """Services on PostgreSQL; SQLite has one writer at a time."""
    world = World(tmp_path, postgresql_url)
    world.declare(make_app())
    yield world
    world.database.close()


@pytest.mark.parametrize("edit", EDITS)
def test_what_a_tick_opens_while_an_edit_waits_for_it_is_in_the_ledger_once(edit: str, world: World) -> None:
    prepare, act = EDITS[edit]
    prepare(world)
    view = world.jobs.get("poll")
    world.clock.advance(LONG)
    with ThreadPoolExecutor(1) as threads:
        with world.database.writing() as tick:
            cursors.due(tick, world.clock.now(), 10, hold=True)
            waiting = threads.submit(act, world)
            wait_until(world, WAITING)
            world.clock.advance(LONG)
            due_until = world.clock.now()
            tick_in(tick, due_until)
        waiting.result(PATIENCE)
    due = view.job.timetable({}).count(view.cursor.position, due_until)
    assert len([one for one in moments_of(world, "poll") if one <= due_until]) == due
    world.clock.advance(LONG)
    with world.database.writing() as tick:
        tick_in(tick, world.clock.now())
    assert {one.microsecond for one in moments_of(world, "poll")} == {0}  # none in a second pass


def test_a_tick_leaves_out_a_job_that_is_edited_between_its_look_and_its_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly = cursors._DUE_HELD.replace("c.next_at <= ?", "c.next_at <= ? AND pg_sleep(0.5) IS NOT NULL")
    monkeypatch.setattr(cursors, "_DUE_HELD", slowly)  # it has looked, and takes its time
    world.clock.advance(LONG)
    with ThreadPoolExecutor(1) as threads, world.database.writing() as tick:
        looking = threads.submit(cursors.due, tick, world.clock.now() + LONG, 10, hold=True)
        wait_until(world, LOOKING)
        change(world, scheduleConfig={"seconds": 3})
        assert looking.result(PATIENCE) == []
    with world.database.writing() as tick:
        assert [one.version for one in cursors.due(tick, world.clock.now() + LONG, 10, hold=True)] == [2]


def test_an_edit_under_way_when_the_clock_was_set_back_counts_as_it_ends(world: World) -> None:
    world.clock.advance(2 * LONG)
    with world.database.writing() as tick:
        tick_in(tick, world.clock.now())
    before = world.clock.now()
    world.clock.step(-LONG)
    job = world.jobs.get("poll").job
    with ThreadPoolExecutor(1) as threads:
        with world.database.writing() as edit:
            after = replace(job, schedule=Every(seconds=3).anchored(world.clock.now()))
            reschedule(edit, job, jobs.save(edit, after), world.clock.now())
            edited = cursors.get(edit, [job.id])[job.id]
            rewinding = threads.submit(set_back, world, before)
            wait_until(world, WAITING)
        rewinding.result(PATIENCE)
    assert world.jobs.get("poll").cursor == edited


def set_back(world: World, before: datetime) -> None:
    with world.database.writing() as tick:
        rewind(tick, JobCache(), before, world.clock.now())


def wait_until(world: World, sign: str) -> None:
    """Until a query counts something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with world.database.reading() as connection:
            if connection.exec_driver_sql(sign).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("it did not come")
