"""An edit and a tick at the same moment, on a database with several writers."""

from datetime import timedelta

import pytest

from orario import App
from orario.core.schedule import Every
from orario.service.actors import Actor
from orario.store import cursors, jobs
from orario.store.rescheduling import reschedule
from orario.testing import TESTER, Harness
from tests.service.conftest import World


def test_a_tick_leaves_out_what_somebody_edits_at_this_moment(world: World, ann: Actor) -> None:
    if world.database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    job = world.jobs.create(world.document(), ann).job
    world.clock.advance(Every(minutes=7).interval)
    now = world.clock.now()
    with world.database.writing() as edit:
        disabled = jobs.save(edit, jobs.load(edit, [job.id])[job.id])
        reschedule(edit, job, disabled, now)
        with world.database.writing() as tick:
            assert job.id not in {one.job_id for one in cursors.due(tick, now, 10, hold=True)}


def test_what_a_tick_has_opened_while_an_edit_waited_for_it_stays_in_the_ledger_once() -> None:
    app = App("shop")

    @app.task(schedule=Every(seconds=10))
    async def sell() -> None:
        """Sell."""

    with Harness(app) as harness:
        harness.advance("60s")
        due = harness.cursor("sell").position
        harness.set_clock(timedelta(milliseconds=-5))  # when the edit began
        harness.services.jobs.pause("sell", None, None, TESTER)
        assert harness.cursor("sell").position == due
        harness.services.jobs.resume("sell", TESTER)
        harness.advance("60s")
        harness.check_ledger("sell")
        assert {one.scheduled_for.microsecond for one in harness.executions("sell")} == {due.microsecond}
