"""An edit and a tick at the same moment, on a database with several writers."""

import pytest

from orario.core.schedule import Every
from orario.service.actors import Actor
from orario.store import cursors, jobs
from orario.store.rescheduling import reschedule
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
