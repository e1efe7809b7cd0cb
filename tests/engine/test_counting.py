"""What the engine counts of real work: each thing once, and what was undone not at all."""

from datetime import timedelta

import pytest

from orario import App, Context, Every, Retry
from orario.core.execution import Ending, State, Trigger
from orario.core.planning import Reason
from orario.engine.tally import Tally
from orario.store.database import after_commit
from orario.testing import Harness


def make_app() -> App:
    app = App("count")

    @app.task(schedule=Every(minutes=1))
    async def goes_well() -> None:
        """Do nothing."""

    @app.task(schedule=Every(hours=1), retries=Retry(2, delay="1s"))
    async def fails_twice(context: Context) -> None:
        """Succeed at the third attempt."""
        if context.attempt < 3:
            raise RuntimeError("not yet")

    return app


@pytest.fixture
def app() -> App:
    return make_app()


def tally_of(harness: Harness) -> Tally:
    return harness.runtime.engine.tally


def test_due_moments_starts_and_ends_are_counted_once_each(app: App) -> None:
    with Harness(app) as harness:
        harness.advance("1h")
        tally = tally_of(harness)
        assert tally.due_moments == tally.opened_moments == tally.first_starts[Trigger.SCHEDULER] == 61
        assert sum(tally.lag.counts) == 61
        assert tally.tasks["count.goes_well"].endings == {(State.SUCCESS, Ending.SUCCEEDED): 60}


def test_retries_are_counted_apart_from_first_starts(app: App) -> None:
    with Harness(app) as harness:
        harness.advance("1h5s")
        tally = tally_of(harness)
        assert tally.retried == 2
        assert tally.tasks["count.fails_twice"].endings == {
            (State.PENDING, Ending.FAILED): 2,
            (State.SUCCESS, Ending.SUCCEEDED): 1,
        }


def test_moments_missed_while_nobody_ran_are_counted_as_a_gap(app: App) -> None:
    with Harness(app) as harness:
        harness.restart(down="10m")
        tally = tally_of(harness)
        assert tally.gap_moments[Reason.MISSED] == 9
        assert tally.due_moments == 1


def test_a_run_by_hand_is_no_due_moment(app: App) -> None:
    with Harness(app) as harness:
        harness.trigger("goes_well")
        tally = tally_of(harness)
        assert (tally.due_moments, tally.first_starts[Trigger.MANUAL], sum(tally.lag.counts)) == (0, 1, 0)


def test_what_is_undone_is_not_counted(app: App) -> None:
    with Harness(app) as harness:
        tally, database = tally_of(harness), harness.runtime.database
        with pytest.raises(RuntimeError), database.writing() as connection:
            after_commit(connection, lambda: tally.due(1))
            raise RuntimeError("undone")
        with database.writing() as connection:
            after_commit(connection, lambda: tally.due(5))
            assert tally.due_moments == 0
        assert tally.due_moments == 5


def test_a_lost_carrier_is_counted_by_who_finds_it(app: App) -> None:
    with Harness(app) as harness:
        harness.clock.advance(timedelta(minutes=1))
        harness._do(harness.runtime.engine.ticker.turn())  # started, and never performed
        harness.crash(down="1m")
        assert tally_of(harness).tasks["count.goes_well"].endings[State.FAILED, Ending.LOST] == 1
