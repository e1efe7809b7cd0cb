"""Losing streaks and the pauses they bring, when several attempts of a job are settled in one go."""

from typing import Any

import pytest

from orario import App
from orario.core.execution import Ending, State
from orario.service.documents import JobChanges, JobDocument
from orario.testing import TESTER, Harness
from tests.engine.gate import GateExecutor

S, F, T, C = Ending.SUCCEEDED, Ending.FAILED, Ending.TIMED_OUT, Ending.CANCELLED


def make_app() -> App:
    app = App("shop")

    @app.task
    async def counts() -> None:
        """Run until told how to end."""

    return app


def open_job(harness: Harness, **policy: Any) -> None:
    [task] = harness.services.tasks.find().items
    document = {"name": "count", "slug": "count", "taskFunctionId": task.id, "jobTypeId": 1, "maxInstances": 10}
    document |= {"scheduleConfig": {"hours": 1}, **policy}
    harness.services.jobs.create(JobDocument.model_validate(document), TESTER)


def end_all(harness: Harness, endings: list[Ending]) -> None:
    """As many runs as endings; they end in this order, and are settled together."""
    gate = harness.executor
    assert isinstance(gate, GateExecutor)
    runs = [harness.trigger("count") for _ in endings]
    for one, ending in zip(runs, endings, strict=True):
        gate.end(one.id, ending)
    harness.run_due()


@pytest.mark.parametrize(
    ("endings", "streak", "last"),
    [
        ([F, T, F], 3, State.FAILED),
        ([F, S, F], 1, State.FAILED),
        ([S, F, S], 0, State.SUCCESS),
        ([F, F, S, T], 1, State.TIMEOUT),
        ([F, C, F], 2, State.FAILED),
        ([S, F, C], 1, State.CANCELLED),
    ],
)
def test_a_streak_is_counted_in_the_order_in_which_attempts_ended(
    endings: list[Ending], streak: int, last: State, database_url: str
) -> None:
    with Harness(make_app(), executor=GateExecutor, database_url=database_url) as harness:
        open_job(harness)
        end_all(harness, endings)
        cursor = harness.cursor("count")
        assert (cursor.failures_in_row, cursor.last_state) == (streak, last)
        assert sum(cursor.counts.values()) == len(endings)


@pytest.mark.parametrize(
    ("endings", "note"),
    [
        ([F, F], "2 failures in a row"),
        ([F, S, F], None),
        ([F, F, S], "2 failures in a row"),
        ([F, C, T], "2 failures in a row"),
    ],
)
def test_a_streak_pauses_its_job_also_when_a_success_shares_the_commit(
    endings: list[Ending], note: str | None, database_url: str
) -> None:
    with Harness(make_app(), executor=GateExecutor, database_url=database_url) as harness:
        open_job(harness, pauseAfterFailures=2)
        end_all(harness, endings)
        pause = harness.job("count").pause
        assert (None if pause is None else pause.note) == note


def test_an_attempt_is_judged_by_the_policy_under_which_it_started(database_url: str) -> None:
    with Harness(make_app(), executor=GateExecutor, database_url=database_url) as harness:
        open_job(harness)
        gate = harness.executor
        assert isinstance(gate, GateExecutor)
        early = harness.trigger("count")
        harness.services.jobs.change("count", JobChanges.model_validate({"pauseAfterFailures": 1}), TESTER)
        late = harness.trigger("count")
        gate.end(early.id, F)
        gate.end(late.id, S)
        harness.run_due()
        assert harness.job("count").pause is None
