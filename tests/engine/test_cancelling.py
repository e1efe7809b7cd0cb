"""Who is told to stop, by people and by newer executions, and what becomes of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from orario import App
from orario.core.errors import Conflict
from orario.core.execution import Ending, Execution, State
from orario.service.documents import JobDocument
from orario.testing import TESTER, Harness
from tests.engine.gate import GateExecutor


@pytest.fixture
def harness(database_url: str) -> Iterator[Harness]:
    app = App("shop")

    @app.task
    async def counts() -> None:
        """Run until told how to end."""

    with Harness(app, executor=GateExecutor, coroutines=3, database_url=database_url) as found:
        yield found


def gate_of(harness: Harness) -> GateExecutor:
    assert isinstance(harness.executor, GateExecutor)
    return harness.executor


def a_job(harness: Harness, slug: str = "count", **policy: Any) -> str:
    [task] = harness.services.tasks.find().items
    document = {"name": slug, "slug": slug, "taskFunctionId": task.id, "jobTypeId": 1}
    document |= {"scheduleConfig": {"hours": 1}, **policy}
    harness.services.jobs.create(JobDocument.model_validate(document), TESTER)
    return slug


def end(harness: Harness, one: Execution, ending: Ending) -> None:
    gate_of(harness).end(one.id, ending)
    harness.run_due()


def states(harness: Harness, slug: str = "count") -> list[State]:
    return [one.state for one in harness.executions(slug)]


RETRIES: dict[str, Any] = {"retryCount": 2, "retryDelaySeconds": 60}


def test_what_waits_is_cancelled_at_once(harness: Harness) -> None:
    a_job(harness, maxInstances=1, overlap="queue")
    harness.trigger("count")
    second = harness.trigger("count")
    cancelled = harness.services.executions.cancel(second.id, TESTER)
    assert (cancelled.state, cancelled.attempt, cancelled.reason) == (State.CANCELLED, 0, "cancelled by tester")


def test_what_runs_is_asked_to_stop_and_is_cancelled_when_it_has(harness: Harness) -> None:
    a_job(harness, **RETRIES)
    one = harness.trigger("count")
    assert harness.services.executions.cancel(one.id, TESTER).state is State.RUNNING
    harness.run_due()
    assert gate_of(harness).asked == {one.id}
    end(harness, one, Ending.CANCELLED)
    assert states(harness) == [State.CANCELLED]


def test_what_has_ended_cannot_be_cancelled(harness: Harness) -> None:
    a_job(harness)
    one = harness.trigger("count")
    end(harness, one, Ending.SUCCEEDED)
    with pytest.raises(Conflict):
        harness.services.executions.cancel(one.id, TESTER)


def test_a_retry_that_waits_is_cancelled_and_never_made(harness: Harness) -> None:
    a_job(harness, **RETRIES)
    one = harness.trigger("count")
    end(harness, one, Ending.FAILED)
    assert harness.services.executions.cancel(one.id, TESTER).state is State.CANCELLED
    harness.advance("10m")
    assert [work.attempt for work in gate_of(harness).started] == [1]


@pytest.mark.parametrize("ending", [Ending.FAILED, Ending.TIMED_OUT, Ending.LOST])
def test_what_fails_at_the_moment_of_its_cancelling_is_not_tried_again(harness: Harness, ending: Ending) -> None:
    a_job(harness, **RETRIES)
    one = harness.trigger("count")
    harness.services.executions.cancel(one.id, TESTER)
    end(harness, one, ending)
    assert states(harness) == [State.CANCELLED]
    harness.advance("10m")
    assert [work.attempt for work in gate_of(harness).started] == [1]
    assert harness.cursor("count").counts[State.CANCELLED] == 1


def test_what_succeeds_at_the_moment_of_its_cancelling_has_succeeded(harness: Harness) -> None:
    a_job(harness)
    one = harness.trigger("count")
    harness.services.executions.cancel(one.id, TESTER)
    end(harness, one, Ending.SUCCEEDED)
    assert states(harness) == [State.SUCCESS]


def test_what_was_asked_to_stop_when_its_carrier_died_is_cancelled(harness: Harness) -> None:
    a_job(harness, **RETRIES)
    one = harness.trigger("count")
    harness.services.executions.cancel(one.id, TESTER)
    harness.crash()
    assert states(harness) == [State.CANCELLED]


def test_a_newer_execution_cancels_the_running_one_and_takes_its_place(harness: Harness) -> None:
    a_job(harness, overlap="cancel_other")
    first, second = harness.trigger("count"), harness.trigger("count")
    assert states(harness) == [State.RUNNING, State.PENDING]
    assert gate_of(harness).asked == {first.id}
    end(harness, first, Ending.CANCELLED)
    assert states(harness) == [State.CANCELLED, State.RUNNING]
    assert second.id not in gate_of(harness).asked


def test_a_retry_does_not_cancel_a_newer_execution(harness: Harness) -> None:
    a_job(harness, overlap="cancel_other", **RETRIES)
    first = harness.trigger("count")
    end(harness, first, Ending.FAILED)
    second = harness.trigger("count")
    harness.advance("2m")
    assert gate_of(harness).asked == set()
    end(harness, second, Ending.SUCCEEDED)
    assert states(harness) == [State.RUNNING, State.SUCCESS]


def test_overlap_counts_also_behind_a_full_queue(harness: Harness) -> None:
    harness.services.cluster.set_queue("default", TESTER, width=2)
    a_job(harness, "replaces", overlap="cancel_other")
    a_job(harness, "skips", overlap="skip")
    first = harness.trigger("replaces")
    harness.trigger("skips")
    harness.trigger("replaces")
    harness.trigger("skips")
    assert gate_of(harness).asked == {first.id}
    assert states(harness, "skips") == [State.RUNNING, State.SKIPPED]


def test_overlap_counts_also_in_a_paused_queue(harness: Harness) -> None:
    a_job(harness)
    harness.trigger("count")
    harness.services.cluster.set_queue("default", TESTER, is_paused=True)
    harness.trigger("count")
    assert states(harness) == [State.RUNNING, State.SKIPPED]


def test_overlap_counts_also_when_the_executor_is_full(harness: Harness) -> None:
    for number in range(3):
        a_job(harness, f"count-{number}", overlap="cancel_other")
        harness.trigger(f"count-{number}")
    assert len(gate_of(harness).underway) == 3
    harness.trigger("count-1")
    [first] = [one for one in harness.executions("count-1") if one.state is State.RUNNING]
    assert gate_of(harness).asked == {first.id}


def test_a_longer_line_than_one_look_takes_in_is_told_to_the_last(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orario.engine.claiming.BATCH", 3)
    harness.services.cluster.set_queue("default", TESTER, width=2)
    a_job(harness, "waits", overlap="queue", maxInstances=2, priority=1)
    a_job(harness, "skips")
    harness.trigger("waits")
    harness.trigger("skips")
    for _ in range(5):
        harness.services.jobs.trigger("waits", TESTER)
    for _ in range(5):
        harness.services.jobs.trigger("skips", TESTER)
    harness.run_due()
    assert states(harness, "waits") == [State.RUNNING, *[State.PENDING] * 5]
    assert states(harness, "skips") == [State.RUNNING, *[State.SKIPPED] * 5]
