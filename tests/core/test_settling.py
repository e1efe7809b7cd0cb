"""What follows when an attempt has ended, as a table of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from orario.core.errors import Conflict
from orario.core.execution import MOVES, Ending, Outcome, State, require_move
from orario.core.policy import Backoff, Policy, Retry
from orario.core.settling import failures_in_row, settle, should_pause

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TWICE = Policy(retry=Retry(2, delay=60))


@pytest.mark.parametrize(
    ("ending", "attempt", "state"),
    [
        (Ending.SUCCEEDED, 1, State.SUCCESS),
        (Ending.CANCELLED, 1, State.CANCELLED),
        (Ending.FAILED, 1, State.PENDING),
        (Ending.FAILED, 2, State.PENDING),
        (Ending.FAILED, 3, State.FAILED),
        (Ending.TIMED_OUT, 2, State.PENDING),
        (Ending.TIMED_OUT, 3, State.TIMEOUT),
        (Ending.LOST, 2, State.PENDING),
        (Ending.LOST, 3, State.FAILED),
    ],
)
def test_an_execution_has_one_attempt_more_than_retries(ending: Ending, attempt: int, state: State) -> None:
    settlement = settle(attempt, Outcome(ending), TWICE, NOW, 0.0)
    assert settlement.state is state
    assert settlement.due_at == (NOW + timedelta(minutes=1) if state is State.PENDING else None)


def test_without_retries_the_first_failure_is_final() -> None:
    assert settle(1, Outcome(Ending.LOST), Policy(), NOW, 0.0).state is State.FAILED


def test_a_task_that_gives_up_is_not_tried_again() -> None:
    assert settle(1, Outcome(Ending.FAILED, may_retry=False), TWICE, NOW, 0.0).state is State.FAILED


def test_an_exponential_wait_doubles_up_to_its_limit() -> None:
    retry = Retry(5, delay=10, backoff=Backoff.EXPONENTIAL, max_delay=60)
    assert [retry.wait(attempt, 0.0).total_seconds() for attempt in range(1, 6)] == [10, 20, 40, 60, 60]


def test_jitter_adds_a_share_of_the_wait_and_never_passes_the_limit() -> None:
    retry = Retry(5, delay=10, jitter=0.5, max_delay=12)
    assert retry.wait(1, 0.0) == timedelta(seconds=10)
    assert retry.wait(1, 0.2) == timedelta(seconds=11)
    assert retry.wait(1, 0.999) == timedelta(seconds=12)


def test_a_thousandth_exponential_wait_does_not_overflow() -> None:
    assert Retry(1000, delay=1, backoff="exponential").wait(1000, 0.0) == timedelta(days=7)


def test_only_a_success_ends_a_losing_streak() -> None:
    assert failures_in_row(2, State.FAILED) == 3
    assert failures_in_row(2, State.TIMEOUT) == 3
    assert failures_in_row(2, State.CANCELLED) == 2
    assert failures_in_row(2, State.SUCCESS) == 0


def test_a_job_is_paused_when_its_streak_reaches_the_limit() -> None:
    assert not should_pause(Policy(), 1000)
    assert not should_pause(Policy(pause_after_failures=3), 2)
    assert should_pause(Policy(pause_after_failures=3), 3)


def test_nothing_leaves_a_final_state() -> None:
    for state in State:
        if state.is_final:
            with pytest.raises(Conflict):
                require_move(state, State.PENDING)
    assert State.PENDING in MOVES[State.RUNNING]
