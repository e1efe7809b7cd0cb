"""Forgetting old executions."""

from datetime import timedelta

from sqlalchemy import func, select

from orario.core.execution import Level, LogLine, State
from orario.service.actors import Actor
from orario.service.executions import ExecutionFilter
from orario.store import logs, tables
from orario.store.pruning import prune
from tests.service.conftest import START, World
from tests.service.ledger import claim, settle


def test_what_is_old_and_has_ended_is_forgotten_and_the_totals_stay_true(world: World, ann: Actor) -> None:
    slug = world.jobs.create(world.document(), ann).job.slug
    old = [world.jobs.trigger(slug, ann).id for _ in range(3)]
    claim(world)
    with world.database.writing() as connection:
        logs.write(connection, [LogLine(id, 1, START, Level.INFO, "line") for id in old])
    settle(world, State.SUCCESS)
    waiting = world.jobs.trigger(slug, ann).id
    world.clock.advance(timedelta(days=1))
    young = world.jobs.trigger(slug, ann).id
    claim(world)
    settle(world, State.FAILED)
    with world.database.writing() as connection:
        assert prune(connection, START + timedelta(hours=1), limit=2) == 2
        assert prune(connection, START + timedelta(hours=1), limit=20) == 2
        assert connection.scalar(select(func.count()).select_from(tables.logs)) == 0
    page = world.services.executions.find(ExecutionFilter())
    assert ([one.id for one in page.items], page.total) == ([young], 1)
    assert waiting not in {one.id for one in page.items}
