"""Jobs that are never due by themselves."""

from typing import Any

from orario.app import App
from orario.core.execution import State, Trigger
from orario.core.schedule import OnDemand
from orario.service.actors import Actor
from orario.service.documents import JobChanges
from orario.store.schedulecodec import from_text
from orario.testing import TESTER, Harness
from tests.service.conftest import World

shop = App("shop")


@shop.task(schedule=OnDemand())
def restock(amount: int = 1) -> dict[str, Any]:
    """Fill the shelves."""
    return {"amount": amount}


def test_a_job_on_demand_never_fires_and_runs_when_asked() -> None:
    with Harness(shop) as harness:
        assert harness.advance("30d") == []
        ran = harness.trigger("restock", amount=3)
        assert (ran.state, ran.trigger, ran.result) == (State.SUCCESS, Trigger.MANUAL, {"amount": 3})
        assert harness.cursor("restock").next_at is None
        harness.restart("1d")
        assert harness.job("restock").schedule == OnDemand() and harness.executions() == [ran]


def test_upkeep_does_not_take_a_job_on_demand_for_stuck() -> None:
    with Harness(shop) as harness:
        harness.advance("5m")
        harness.services.jobs.set_enabled("restock", False, TESTER)
        harness.services.jobs.set_enabled("restock", True, TESTER)
        assert harness.advance("5m") == []
        assert harness.gaps("restock") == []


def test_a_person_makes_a_job_on_demand_and_gives_it_a_schedule_later(world: World, ann: Actor) -> None:
    view = world.jobs.create(world.document(jobTypeId=4, scheduleConfig={}), ann)
    assert (view.job.schedule, view.cursor.next_at) == (OnDemand(), None)
    timed = world.jobs.change(
        view.job.slug, JobChanges.model_validate({"jobTypeId": 1, "scheduleConfig": {"minutes": 5}}), ann
    )
    assert timed.cursor.next_at is not None
    again = world.jobs.change(view.job.slug, JobChanges.model_validate({"jobTypeId": 4, "scheduleConfig": {}}), ann)
    assert again.cursor.next_at is None
    assert "jobType: on_demand" in world.jobs.export()


def test_it_is_stored_as_what_it_is() -> None:
    assert from_text('{"on_demand": true}') == OnDemand()
