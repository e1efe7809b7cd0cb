"""Decides what follows when an attempt has ended."""

from dataclasses import dataclass
from datetime import datetime

from orario.core.execution import Ending, Outcome, State
from orario.core.policy import Policy

_FINAL = {
    Ending.SUCCEEDED: State.SUCCESS,
    Ending.FAILED: State.FAILED,
    Ending.TIMED_OUT: State.TIMEOUT,
    Ending.CANCELLED: State.CANCELLED,
    Ending.LOST: State.FAILED,
}
_COUNTS_AS_FAILURE = frozenset({State.FAILED, State.TIMEOUT})


@dataclass(frozen=True, slots=True)
class Settlement:
    """The state that follows; when it is pending again, `due_at` says from when."""

    state: State
    due_at: datetime | None = None


_SUCCEEDED = Settlement(State.SUCCESS)


def settle(attempt: int, outcome: Outcome, policy: Policy, now: datetime, luck: float) -> Settlement:
    """What becomes of an execution whose attempt number `attempt` ended so; `luck` is a chance in [0, 1).

    One execution has 1 + retry.count attempts at most; a time-out and a lost carrier use one up as a failure does.
    """
    if outcome.ending is Ending.SUCCEEDED:
        return _SUCCEEDED
    state = _FINAL[outcome.ending]
    if state in _COUNTS_AS_FAILURE and outcome.may_retry and attempt <= policy.retry.count:
        return Settlement(State.PENDING, now + policy.retry.wait(attempt, luck))
    return Settlement(state)


def failures_in_row(before: int, state: State) -> int:
    """The length of the losing streak after one more execution has ended in `state`."""
    if state in _COUNTS_AS_FAILURE:
        return before + 1
    return 0 if state is State.SUCCESS else before


def should_pause(policy: Policy, failures: int) -> bool:
    """Whether a losing streak of this length pauses the job."""
    return policy.pause_after_failures is not None and failures >= policy.pause_after_failures
