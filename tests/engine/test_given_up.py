"""An instance that the others have given up starts nothing until it is born again."""

from datetime import timedelta

from orario import App, Every, State
from orario.store import instances
from orario.testing import TESTER, Harness


def shop() -> App:
    app = App("shop")

    @app.task(schedule=Every(minutes=1))
    async def sweep() -> None: ...

    return app


def give_up(harness: Harness) -> None:
    engine = harness.runtime.engine
    with harness.runtime.database.writing() as connection:
        beat = instances.beats(connection)[engine.identity.id]
        assert instances.bury(connection, engine.identity.id, beat, harness.now, "a test says so")


def test_it_opens_and_claims_nothing_that_would_be_taken_for_lost() -> None:
    with Harness(shop()) as harness:
        engine = harness.runtime.engine
        harness.services.jobs.trigger("sweep", TESTER)
        give_up(harness)
        harness.clock.advance(timedelta(minutes=1))
        harness.run_due()
        assert not engine.leader.leads
        assert [one.state for one in harness.executions()] == [State.PENDING]


def test_born_again_it_takes_the_lead_and_catches_up() -> None:
    with Harness(shop()) as harness:
        engine, first = harness.runtime.engine, harness.runtime.engine.identity.id
        give_up(harness)
        harness.clock.advance(timedelta(minutes=1))
        harness.run_due()
        harness._do(engine.heartbeat.turn())
        harness._do(engine.heartbeat.turn())
        harness._do(engine.leader.turn())
        harness.run_due()
        assert engine.identity.id != first
        assert [one.state for one in harness.executions()] == [State.SUCCESS]
        harness.check_ledger("sweep")


def test_it_does_not_take_the_lead() -> None:
    with Harness(shop()) as harness:
        engine = harness.runtime.engine
        harness._do(engine.leader.give_up())
        give_up(harness)
        harness._do(engine.leader.turn())
        assert not engine.leader.leads
