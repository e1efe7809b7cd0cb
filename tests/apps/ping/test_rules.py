"""The rules by which pings become a ledger, as the app's README says them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from orario import App, Conflict
from orario.app import Ledger
from orario.apps.ping import app as ping_app
from orario.core.errors import NotFound
from orario.core.events import Ended, Event, TurnedAway
from orario.core.execution import State, Trigger
from orario.service.documents import BackfillDocument, JobDocument
from orario.testing import TESTER, Harness
from orario.web import Ping, Signal
from tests.apps.ping.conftest import Watch

START, FAIL = Signal.START, Signal.FAIL
ONE = datetime(2026, 1, 1, 1, tzinfo=UTC)


# A due moment and its answer


def test_a_ping_in_time_answers_the_due_moment(harness: Harness, hourly: Watch) -> None:
    harness.advance("1h")
    assert hourly.states == [State.PENDING]
    harness.advance("4m")
    assert hourly.ping().state is State.SUCCESS
    [one] = harness.executions(hourly.id)
    assert (one.trigger, one.scheduled_for, one.attempt, one.carrier) == (Trigger.SCHEDULER, ONE, 1, None)
    assert one.started_at == one.finished_at == ONE + timedelta(minutes=4)


def test_no_ping_within_the_grace_is_missed(harness: Harness, hourly: Watch) -> None:
    harness.advance("1h")
    harness.advance("5m")
    assert hourly.states == [State.PENDING]
    [missed] = harness.advance("2s")
    assert (missed.state, missed.reason) == (State.MISSED, "no ping came in time")


def test_a_ping_after_the_grace_is_recorded_by_itself(harness: Harness, hourly: Watch) -> None:
    harness.advance("1h")
    harness.advance("10m")
    one = hourly.ping()
    assert (one.state, one.trigger, one.triggered_by) == (State.SUCCESS, Trigger.MANUAL, "ping")
    assert hourly.states == [State.MISSED, State.SUCCESS]


def test_a_ping_faster_than_the_tick_answers_the_moment_all_the_same(harness: Harness, hourly: Watch) -> None:
    harness.clock.advance(timedelta(hours=1))  # nobody has ticked yet
    one = hourly.ping()
    assert (one.scheduled_for, one.trigger, one.state) == (ONE, Trigger.SCHEDULER, State.SUCCESS)
    harness.advance("50m")
    assert hourly.states == [State.SUCCESS]
    harness.check_ledger(hourly.id)


def test_the_newest_of_several_due_moments_is_answered(harness: Harness) -> None:
    patient = Watch(harness, jobTypeId=2, scheduleConfig={"minute": "0"}, startWithinSeconds=9000)
    harness.advance("2h")
    patient.ping()
    assert patient.states == [State.PENDING, State.SUCCESS]


def test_an_early_ping_is_recorded_by_itself_and_answers_nothing(harness: Harness, hourly: Watch) -> None:
    harness.advance("59m")
    assert hourly.ping().trigger is Trigger.MANUAL
    harness.advance("7m")
    assert hourly.states == [State.SUCCESS, State.MISSED]


# A run that begins and ends


def test_start_and_end_are_one_run(harness: Harness, hourly: Watch) -> None:
    harness.advance("1h")
    assert hourly.ping(START).state is State.RUNNING
    harness.advance("20m")
    one = hourly.ping()
    assert (one.state, one.duration_seconds) == (State.SUCCESS, 1200)
    assert hourly.states == [State.SUCCESS]


def test_a_run_that_does_not_end_is_a_time_out(harness: Harness, hourly: Watch) -> None:
    harness.advance("1h")
    hourly.ping(START)
    harness.advance("30m")
    assert hourly.states == [State.RUNNING]
    [late] = harness.advance("2s")
    assert (late.state, late.error_message) == (
        State.TIMEOUT,
        "it began, and no ping said within 1800 s how it ended",
    )


def test_a_run_that_begins_just_before_its_moment_answers_it_at_its_end(harness: Harness, hourly: Watch) -> None:
    harness.advance("59m")
    hourly.ping(START)
    harness.advance("3m")
    run = hourly.ping()
    assert hourly.states == [State.SUCCESS, State.SUCCESS]
    assert harness.executions(hourly.id)[1].metadata == {"answeredBy": str(run.id)}


def test_failures_say_the_last_words(harness: Harness, hourly: Watch) -> None:
    harness.advance("1h")
    one = hourly.ping(FAIL, exit_code=3, words="dumping\n\x1b[31mdisk full\x1b[0m\n")
    assert (one.state, one.result) == (State.FAILED, {"exitCode": 3})
    assert one.error_message == "it ended with exit code 3; its words end:\ndumping\ndisk full"
    assert [line.message for line in harness.services.executions.logs(one.id)] == ["dumping", "disk full"]


def test_secrets_in_the_words_are_masked(harness: Harness, hourly: Watch) -> None:
    one = hourly.ping(words="connecting with password=hunter2-canary")
    [line] = harness.services.executions.logs(one.id)
    assert "hunter2-canary" not in line.message


def test_a_failed_run_is_not_retried(harness: Harness) -> None:
    watch = Watch(harness, jobTypeId=2, scheduleConfig={"minute": "0"}, retryCount=5)
    harness.advance("1h")
    assert watch.ping(FAIL).state is State.FAILED


def test_losing_streaks_pause_the_job(harness: Harness) -> None:
    watch = Watch(harness, jobTypeId=1, scheduleConfig={"hours": 1}, pauseAfterFailures=2)
    watch.ping(FAIL)
    assert harness.job(watch.id).pause is None
    watch.ping(FAIL)
    pause = harness.job(watch.id).pause
    assert pause is not None and pause.note == "2 failures in a row"
    acts = [row.action for row in harness.services.people.audit(str(watch.id)).items]
    assert "job.pause" in acts


# Runs that overlap


def test_run_ids_tell_overlapping_runs_apart(harness: Harness, hourly: Watch) -> None:
    first, second = uuid4(), uuid4()
    harness.advance("1h")
    a = hourly.ping(START, run=first)
    b = hourly.ping(START, run=second)
    assert a.id != b.id
    assert hourly.ping(FAIL, run=first).id == a.id
    assert hourly.ping(run=second).id == b.id
    assert hourly.states == [State.FAILED, State.SUCCESS]


def test_a_ping_without_an_id_leaves_runs_with_an_id_alone(harness: Harness, hourly: Watch) -> None:
    run = uuid4()
    a = hourly.ping(START, run=run)
    assert hourly.ping().id != a.id
    assert hourly.ping(run=run).id == a.id


def test_the_same_ping_twice_is_one(harness: Harness, hourly: Watch) -> None:
    run = uuid4()
    assert hourly.ping(START, run=run).id == hourly.ping(START, run=run).id
    assert hourly.ping(run=run).id == hourly.ping(run=run).id
    assert hourly.states == [State.SUCCESS]


def test_a_due_moment_that_passes_while_a_run_is_under_way_is_skipped(harness: Harness) -> None:
    watch = Watch(harness, jobTypeId=2, scheduleConfig={"minute": "0"}, startWithinSeconds=300, timeoutSeconds=9000)
    harness.advance("1h")
    watch.ping(START)
    harness.advance("66m")
    harness.advance("1m")
    assert watch.states == [State.RUNNING, State.SKIPPED]
    watch.ping()
    assert watch.states == [State.SUCCESS, State.SKIPPED]


# When it is due


def test_a_period_counts_from_the_last_ping(harness: Harness, period: Watch) -> None:
    harness.advance("40m")
    period.ping()
    assert harness.cursor(period.id).next_at == harness.now + timedelta(hours=1)
    harness.advance("50m")
    assert period.states == [State.SUCCESS]
    harness.advance("16m")
    assert period.states == [State.SUCCESS, State.MISSED]


def test_every_ping_counts_also_one_that_says_start_or_fail(harness: Harness, period: Watch) -> None:
    for signal in (START, FAIL):
        harness.advance("40m")
        period.ping(signal)
        assert harness.cursor(period.id).next_at == harness.now + timedelta(hours=1)


def test_silence_is_missed_in_every_period(harness: Harness, period: Watch) -> None:
    for _ in range(3):
        harness.advance("1h")
        harness.advance("6m")
    assert period.states == [State.MISSED] * 3


def test_a_wall_clock_schedule_is_not_moved_by_pings(harness: Harness, hourly: Watch) -> None:
    harness.advance("40m")
    hourly.ping()
    assert harness.cursor(hourly.id).next_at == ONE


# Paused, cancelled, deleted


def test_the_ping_of_a_paused_job_is_recorded(harness: Harness, period: Watch) -> None:
    harness.services.jobs.pause(str(period.id), None, None, TESTER)
    harness.advance("3h")
    one = period.ping()
    assert (one.state, one.trigger) == (State.SUCCESS, Trigger.MANUAL)
    assert harness.cursor(period.id).next_at is None
    harness.advance("10m")
    harness.services.jobs.resume(str(period.id), TESTER)
    assert harness.cursor(period.id).next_at == harness.now + timedelta(minutes=50)


def test_cancelling_a_run_ends_it_here(harness: Harness, hourly: Watch) -> None:
    one = hourly.ping(START)
    harness.services.executions.cancel(str(one.id), TESTER)
    harness.advance("2s")
    assert hourly.states == [State.CANCELLED]


def test_a_deleted_or_unknown_job_has_no_pings(harness: Harness, hourly: Watch) -> None:
    harness.services.jobs.delete(str(hourly.id), TESTER)
    for id in (hourly.id, uuid4()):
        with pytest.raises(NotFound):
            harness.services.watched.ping(id, Ping(signal=START))


# What others see of it


def test_it_cannot_be_started_from_here(harness: Harness, hourly: Watch) -> None:
    harness.advance("2h")
    with pytest.raises(Conflict, match="done elsewhere"):
        harness.services.jobs.trigger(str(hourly.id), TESTER)
    stretch = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-01T02:00:00Z"}
    with pytest.raises(Conflict, match="done elsewhere"):
        harness.services.jobs.backfill(str(hourly.id), BackfillDocument.model_validate(stretch), TESTER)
    done = hourly.ping()
    with pytest.raises(Conflict, match="done elsewhere"):
        harness.services.executions.retry(str(done.id), TESTER)


def test_a_run_outlives_the_instance_that_heard_of_it(harness: Harness, hourly: Watch) -> None:
    harness.advance("1h")
    hourly.ping(START)
    harness.crash(down="1m")
    harness.restart(down="1m")
    assert hourly.states == [State.RUNNING]
    assert hourly.ping().duration_seconds is not None
    assert hourly.states == [State.SUCCESS]


def test_nobody_is_blamed_for_pings_that_no_server_could_hear(harness: Harness, hourly: Watch) -> None:
    harness.restart(down="3h30m")
    harness.advance("20m")
    assert hourly.states == []
    assert sum(gap.count for gap in harness.gaps(hourly.id)) == 3
    harness.check_ledger(hourly.id)


def test_listeners_hear_how_it_went() -> None:
    heard: list[Event] = []
    app = App("ears")

    @app.listen
    def hear(ledger: Ledger, events: Sequence[Event]) -> None:
        heard.extend(one for one in events if isinstance(one, Ended | TurnedAway))

    with Harness(ping_app, app) as harness:
        watch = Watch(harness, jobTypeId=2, scheduleConfig={"minute": "0"}, timeoutSeconds=60)
        watch.ping(FAIL)
        watch.ping(START)
        harness.advance("2m")
        harness.advance("1h")
        harness.advance("10m")
    assert [one.state for one in heard if isinstance(one, Ended | TurnedAway)] == [
        State.FAILED,
        State.TIMEOUT,
        State.MISSED,
    ]


def test_other_jobs_are_not_pinged(harness: Harness) -> None:
    app = App("shop")
    app.task(_sell)
    with Harness(ping_app, app) as shop:
        task = shop.services.tasks.get("shop._sell")
        document = {"name": "Sell", "taskFunctionId": task.id, "jobTypeId": 1, "scheduleConfig": {"hours": 1}}
        job = shop.services.jobs.create(JobDocument.model_validate(document), TESTER).job
        with pytest.raises(NotFound):
            shop.services.watched.ping(job.id, Ping(signal=START))


def _sell() -> None:
    """Sell."""
