"""Tests of the counters: what is counted where, and that labels stay few."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bench.tally import endings, measure, works
from orario.core.execution import Ending, Outcome, State, Trigger
from orario.core.planning import Gap, Reason
from orario.engine.tally import DURATIONS, LAGS, MOST_TASKS, OTHER, Tally

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_lag_is_that_of_first_attempts_of_due_moments() -> None:
    tally, late = Tally(), NOW + timedelta(seconds=2)
    first, again, asked, old = works(NOW)[0], *works(NOW)[1:4]
    again, asked = again._replace(attempt=2), asked._replace(trigger=Trigger.MANUAL)
    old = old._replace(trigger=Trigger.BACKFILL, scheduled_for=NOW - timedelta(days=9))
    tally.started([first, again, asked, old], late)
    assert tally.lag.counts[LAGS.index(2.5)] == sum(tally.lag.counts) == 1
    assert tally.lag.sum == 2.0
    assert tally.retried == 1
    assert tally.first_starts == {**dict.fromkeys(Trigger, 1), Trigger.RERUN: 0}


def test_endings_are_counted_by_task_with_what_became_of_the_execution() -> None:
    tally = Tally()
    good, bad = endings(works(NOW)[:2], NOW)
    bad = bad._replace(task="other.one", state=State.PENDING, outcome=Outcome(Ending.FAILED))
    tally.finished([good, good, bad, good])
    assert tally.tasks["bench.nothing"].endings == {(State.SUCCESS, Ending.SUCCEEDED): 3}
    assert tally.tasks["other.one"].endings == {(State.PENDING, Ending.FAILED): 1}
    assert not tally.jobs


def test_a_run_longer_than_every_bound_is_counted_above_the_last() -> None:
    tally = Tally()
    [one] = endings(works(NOW)[:1], NOW)
    tally.finished([one._replace(finished_at=one.started_at + timedelta(days=2))])
    assert tally.tasks["bench.nothing"].durations.counts[len(DURATIONS)] == 1


def test_tasks_past_the_cap_share_one_line() -> None:
    tally = Tally()
    [one] = endings(works(NOW)[:1], NOW)
    tally.finished([one._replace(task=f"task.{number}") for number in range(3 * MOST_TASKS)])
    assert len(tally.tasks) == MOST_TASKS + 1
    assert tally.tasks[OTHER].endings == {(State.SUCCESS, Ending.SUCCEEDED): 2 * MOST_TASKS}


def test_jobs_are_counted_by_name_only_when_asked_and_only_so_many() -> None:
    tally = Tally(jobs_shown=2)
    tally.finished(endings(works(NOW)[:5], NOW))
    assert len(tally.jobs) == 3
    assert tally.jobs[None].endings == {(State.SUCCESS, Ending.SUCCEEDED): 3}


def test_gaps_are_counted_by_their_moments() -> None:
    tally = Tally()
    tally.gaps([(uuid4(), Gap(NOW, NOW, 7, Reason.MISSED)), (uuid4(), Gap(NOW, NOW, 2, Reason.MISSED))])
    assert tally.gap_moments == {Reason.MISSED: 9}


def test_counting_costs_next_to_nothing() -> None:
    cost = measure()
    assert sum(cost.values()) < 5.0, f"microseconds for each execution: {cost}"  # ten times what it takes when alone
