"""Listeners hear what happens in the transaction in which it happens."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from orario import App, Context, Every, GiveUp, State
from orario.app import Ledger
from orario.core.events import ClockStepped, Dropped, Ended, Event, InstanceLost, Round, TurnedAway
from orario.testing import TESTER, Harness

MINUTE = Every(minutes=1)


class Ear:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def __call__(self, ledger: Ledger, events: Sequence[Event]) -> None:
        self.heard += [event for event in events if not isinstance(event, Round)]


def app_with(listener: object) -> App:
    app = App("shop")

    @app.task(schedule=MINUTE, misfire="none")
    async def fail() -> None:
        raise GiveUp("no books")

    @app.task
    async def note(text: str, context: Context) -> str:
        context.info("noted")
        return text

    app.job("tell", note, Every(days=365), args={"text": ""})
    app.listen(listener)  # type: ignore[arg-type]
    return app


def test_a_listener_hears_of_every_end() -> None:
    ear = Ear()
    with Harness(app_with(ear)) as harness:
        [fired] = harness.advance("1m")
        [event] = ear.heard
        assert isinstance(event, Ended)
        assert (event.execution_id, event.state, event.outcome.error_message) == (
            fired.id,
            State.FAILED,
            "GiveUp: no books",
        )


def test_what_a_listener_opens_is_committed_with_what_it_tells_of() -> None:
    def tell(ledger: Ledger, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Ended) and event.state is State.FAILED:
                ledger.open("tell", {"text": f"{event.execution_id} failed"})

    with Harness(app_with(tell)) as harness:
        fired = harness.advance("1m")
        told = harness.executions("tell")
        assert [one.result for one in told] == [f"{fired[0].id} failed"]
        assert (told[0].state, told[0].triggered_by) == (State.SUCCESS, "shop")


def test_what_a_failing_listener_did_is_undone_and_costs_nobody_else_anything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tables = MetaData()
    notes = Table("shop_notes", tables, Column("id", Integer, primary_key=True), Column("text", String))

    def stumble(ledger: Ledger, events: Sequence[Event]) -> None:
        if any(isinstance(event, Ended) for event in events):
            ledger.connection.execute(notes.insert().values(text="half"))
            raise ValueError("stumbled")

    app = app_with(stumble)
    app.tables = tables
    with Harness(app) as harness:
        [fired] = harness.advance("1m")
        assert fired.state is State.FAILED
        with harness.runtime.database.reading() as connection:
            assert connection.execute(select(notes)).all() == []
    assert "a listener of the app shop failed" in caplog.text


def test_moments_that_were_missed_a_lost_instance_and_a_stepped_clock_are_heard_of() -> None:
    ear = Ear()
    with Harness(app_with(ear)) as harness:
        harness.advance("1m")
        harness.crash(down="1h")
        harness.set_clock(timedelta(hours=-1))
        harness.run_due()
        kinds = [type(event) for event in ear.heard]
        assert {Dropped, InstanceLost, ClockStepped} <= set(kinds)
        [dropped] = [event for event in ear.heard if isinstance(event, Dropped)]
        assert dropped.gap.count >= 59
        [stepped] = [event for event in ear.heard if isinstance(event, ClockStepped)]
        assert stepped.by < timedelta(minutes=-59)


def test_a_clock_set_forward_is_heard_of() -> None:
    ear = Ear()
    with Harness(app_with(ear)) as harness:
        harness.advance("1m")
        harness.set_clock(timedelta(minutes=30))
        harness.run_due()
        assert ClockStepped(timedelta(minutes=30)) in ear.heard


def test_an_execution_that_came_too_late_is_heard_of() -> None:
    ear = Ear()
    app = App("late")

    @app.task(schedule=MINUTE, start_within="10s")
    async def run() -> None: ...

    app.listen(ear)
    with Harness(app) as harness:
        harness.services.cluster.set_queue("default", TESTER, is_paused=True)
        harness.advance("2m")
        assert any(isinstance(event, TurnedAway) and event.state is State.MISSED for event in ear.heard)
