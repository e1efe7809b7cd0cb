"""What the apps' code declares, start after start, and what people changed in between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orario.app import App
from orario.core.errors import Conflict, Misconfigured, NotFound
from orario.core.schedule import Cron, Every, Schedule
from orario.core.secrecy import MASK
from orario.service.actors import Actor
from orario.service.documents import JobChanges
from tests.service.conftest import START, World, make_app
from tests.service.ledger import gaps_of

HOUR = timedelta(hours=1)


def app_with(schedule: Schedule = Every(hours=1), name: str = "one", **options: Any) -> App:  # noqa: B008
    app = App(name)

    @app.task
    def work(password: str = "") -> None:
        """Do something."""

    app.job("job", work, schedule, **options)
    return app


def change(world: World, ann: Actor, ref: str, **changes: Any) -> None:
    world.jobs.change(ref, JobChanges.model_validate(changes), ann)


def test_a_start_writes_tasks_and_jobs_down(world: World) -> None:
    view = world.jobs.get("close_the_day")
    assert view.cursor.next_at == datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
    assert (view.job.app, view.job.created_by, view.job.timezone) == ("shop", None, "Europe/Rome")
    assert (view.job.policy.retry.count, view.differs) == (3, False)
    names = [task.name for task in world.services.tasks.find().items]
    assert sorted(names) == ["shop.close_the_day", "shop.probe", "shop.send", "shop.sync"]


def test_the_next_start_moves_nothing_and_keeps_the_numbers(world: World) -> None:
    before = world.jobs.get("sync"), world.services.tasks.find().items
    world.clock.advance(timedelta(minutes=25))
    world.declare(make_app())
    assert (world.jobs.get("sync"), world.services.tasks.find().items) == before


def test_code_that_changes_takes_its_job_along(world: World) -> None:
    world.declare(app_with(Every(hours=1)))
    world.clock.advance(timedelta(minutes=10))
    world.declare(app_with(Every(hours=2), timeout=5))
    view = world.jobs.get("job")
    assert view.cursor.next_at == START + timedelta(minutes=130)
    assert view.job.policy.timeout == timedelta(seconds=5)
    assert not view.differs


def test_what_a_person_changed_is_kept_and_shown_as_differing(world: World, ann: Actor) -> None:
    world.declare(app_with(Every(hours=1)))
    change(world, ann, "job", scheduleConfig={"minutes": 10})
    world.declare(app_with(Every(hours=2), timeout=5))
    view = world.jobs.get("job")
    assert view.cursor.next_at == START + timedelta(minutes=10)
    assert view.job.policy.timeout == timedelta(seconds=5)
    assert view.differs
    (diff,) = world.jobs.diff()
    assert (diff.slug, diff.app) == ("job", "one")
    assert [(one.field, one.before, one.after) for one in diff.fields] == [
        (
            "scheduleConfig",
            {"hours": 2, "minutes": 0, "seconds": 0},
            {"hours": 0, "minutes": 10, "seconds": 0},
        )
    ]


def test_a_reset_takes_what_the_code_says(world: World, ann: Actor) -> None:
    world.declare(app_with(Every(hours=1)))
    change(world, ann, "job", scheduleConfig={"minutes": 10}, isEnabled=False, name="Mine")
    world.clock.advance(timedelta(minutes=3))
    view = world.jobs.reset("job", ann)
    assert (view.cursor.next_at, view.job.name) == (START + timedelta(minutes=63), "Job")
    assert not view.differs
    assert world.jobs.diff() == []


def test_a_job_that_nobody_declared_cannot_be_reset(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    with pytest.raises(Conflict):
        world.jobs.reset("letters", ann)
    with pytest.raises(NotFound):
        world.jobs.reset("nothing", ann)


def test_a_declared_job_that_a_person_deleted_stays_deleted_until_reset(world: World, ann: Actor) -> None:
    world.declare(app_with())
    world.jobs.delete("job", ann)
    world.clock.advance(timedelta(days=1))
    world.declare(app_with(Every(hours=2)))
    with pytest.raises(NotFound):
        world.jobs.get("job")
    assert [(one.slug, one.is_deleted) for one in world.jobs.diff()] == [("job", True)]
    view = world.jobs.reset("job", ann)
    assert view.cursor.next_at == START + timedelta(days=1, hours=2)
    assert gaps_of(world, "job") == []


def test_a_job_whose_code_is_gone_is_broken_and_heals_with_it(world: World, ann: Actor) -> None:
    world.declare(app_with())
    world.declare(make_app())
    view = world.jobs.get("job")
    assert view.cursor.next_at is None
    assert view.job.broken is not None and "one.work" in view.job.broken
    with pytest.raises(Conflict, match=r"one\.work"):
        world.jobs.trigger("job", ann)
    world.clock.advance(timedelta(minutes=150))
    world.declare(app_with())
    healed = world.jobs.get("job")
    assert healed.job.broken is None
    assert healed.cursor.next_at == START + 3 * HOUR
    assert gaps_of(world, "job") == [(START + HOUR, START + 2 * HOUR, 2, "broken")]


def test_jobs_of_a_task_that_is_switched_off_are_broken_and_refused(world: World, ann: Actor) -> None:
    def gated(is_on: bool) -> App:
        app = App("gated")

        @app.task(active=lambda config: is_on, inactive_reason="set GATED=true to allow it")
        def work() -> None: ...

        app.job("gated", work, Every(hours=1))
        app.configure(None)
        return app

    world.declare(gated(False))
    assert world.jobs.get("gated").job.broken == "set GATED=true to allow it"
    world.declare(gated(True))
    assert world.jobs.get("gated").cursor.next_at == START + HOUR


def test_two_apps_that_declare_one_slug_both_get_a_job(world: World) -> None:
    world.declare(app_with(name="one"), app_with(name="two"))
    assert world.jobs.get("job").job.app == "one"
    second = world.jobs.get("two-job")
    assert (second.job.app, second.differs) == ("two", False)


def test_declared_secrets_are_sealed_and_do_not_differ_from_themselves(world: World) -> None:
    for _ in range(2):
        world.declare(app_with(args={"password": "hunter2"}))
    view = world.jobs.get("job")
    assert view.job.args == {"password": MASK}
    assert (view.differs, view.job.version) == (False, 1)


def test_a_fixed_phase_in_the_code_is_kept(world: World, ann: Actor) -> None:
    anchor = datetime(2025, 12, 31, 23, 50, tzinfo=UTC)
    for _ in range(2):
        world.declare(app_with(Every(hours=1, anchor=anchor)))
    assert world.jobs.get("job").cursor.next_at == anchor + HOUR
    world.jobs.set_enabled("job", False, ann)
    assert world.jobs.set_enabled("job", True, ann).cursor.next_at == anchor + HOUR


@pytest.mark.parametrize("options", [{"args": {"password": "a\0"}}, {"schedule": Cron("0 0 * * *", timezone="UTC")}])
def test_a_declaration_that_cannot_become_a_job_stops_the_start(world: World, options: dict[str, Any]) -> None:
    if "schedule" in options:
        world.clock.advance(datetime(9999, 12, 31, 12, tzinfo=UTC) - START)
    with pytest.raises(Misconfigured, match="app one, job job"):
        world.declare(app_with(**options))
