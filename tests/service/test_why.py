"""Why: each cause, brought about on a real Orario, is the one that is named."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from orario.app import App
from orario.core.errors import Invalid, NotFound
from orario.core.execution import Ending, Execution
from orario.core.why import Answer, Kind, Verdict
from orario.service.actors import Actor, Role
from orario.service.documents import BackfillDocument, JobChanges, JobDocument
from orario.testing import Harness
from tests.engine.gate import GateExecutor

ANN = Actor(None, "ann", Role.ADMIN)
BOB = Actor(None, "bob", Role.ADMIN)
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday


class House:
    """A Harness in which nothing ends by itself, and a job at every full hour."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.jobs = harness.services.jobs
        [self.task] = [one for one in harness.services.tasks.find().items if one.name == "shop.tidy"]

    def create(self, slug: str = "hourly", expression: str | None = "0 * * * *", **fields: Any) -> None:
        rule = {"jobTypeId": 2, "scheduleConfig": {"expression": expression}} if expression else {}
        document = {"name": slug, "slug": slug, "taskFunctionId": self.task.id, **rule, **fields}
        self.jobs.create(JobDocument.model_validate(document), ANN)

    def change(self, slug: str, actor: Actor = BOB, **changes: Any) -> None:
        self.jobs.change(slug, JobChanges.model_validate(changes), actor)

    def pass_time(self, **span: float) -> None:
        self.harness.advance(timedelta(**span))

    def end_all(self, ending: Ending = Ending.SUCCEEDED) -> None:
        gate = self.harness.executor
        assert isinstance(gate, GateExecutor)
        for id in list(gate.underway):
            gate.end(id, ending)
        self.harness.run_due()

    def live(self, hours: int) -> None:
        """Hours in which every run ends a minute after its start."""
        for _ in range(hours):
            self.pass_time(minutes=59)
            self.pass_time(minutes=1)
            self.harness.run_due()
            self.end_all()

    def why(self, at: str | None = None, slug: str = "hourly") -> Answer:
        found: Answer = self.jobs.why(slug, at)
        return found

    def last(self, slug: str = "hourly") -> Execution:
        return self.harness.executions(slug)[-1]


def make_app() -> App:
    app = App("shop")

    @app.task
    async def tidy() -> None:
        """Tidy up."""

    return app


@pytest.fixture
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    settings = getattr(request, "param", {})
    with Harness(make_app(), start=START, executor=GateExecutor, **settings) as harness:
        yield House(harness)


def kinds(answer: Answer) -> list[Kind]:
    return [cause.kind for cause in answer.causes]


def test_a_run_on_time_ran_because_it_was_due(house: House) -> None:
    house.create()
    house.live(1)
    answer = house.why("11:00")
    assert (answer.verdict, kinds(answer)) == (Verdict.RAN, [Kind.DUE])
    assert answer.execution_id == house.last().id
    assert answer.sentence == (
        "hourly was due at 2026-03-02 11:00 UTC, started on time and ended as success: its schedule, every hour, UTC,"
        " has this moment."
    )


def test_a_pause_is_named_with_its_author_its_note_and_both_its_ends(house: House) -> None:
    house.create()
    house.pass_time(minutes=30)
    house.jobs.pause("hourly", "stock-taking", None, BOB)
    house.pass_time(hours=2)
    during = house.why("11:00")
    house.jobs.resume("hourly", ANN)
    for answer in (during, house.why("11:00")):
        assert (answer.verdict, kinds(answer)) == (Verdict.DID_NOT_RUN, [Kind.PAUSED])
        [cause] = answer.causes
        assert (cause.by, cause.note, cause.since) == ("bob", "stock-taking", START + timedelta(minutes=30))
    assert house.why("11:00").causes[0].until == START + timedelta(hours=2, minutes=30)
    assert house.why("11:00").gap is not None


def test_a_pause_that_ended_by_itself_is_told_too(house: House) -> None:
    house.create()
    house.jobs.pause("hourly", None, "2026-03-02T12:30:00", BOB)
    house.pass_time(hours=3)
    [cause] = house.why("12:00").causes
    assert (cause.kind, cause.by, cause.until) == (Kind.PAUSED, "bob", START + timedelta(hours=2, minutes=30))


def test_a_losing_streak_pauses_in_nobodys_name(house: House) -> None:
    house.create(pauseAfterFailures=1)
    house.pass_time(hours=1)
    house.end_all(Ending.FAILED)
    house.pass_time(hours=2)
    [cause] = house.why("12:00").causes
    assert (cause.kind, cause.by, cause.note) == (Kind.PAUSED, None, "1 failures in a row")
    assert cause.since is not None and "Orario itself" in cause.sentence


def test_who_disabled_a_job_is_known_from_the_audit(house: House) -> None:
    house.create()
    house.pass_time(minutes=10)
    house.jobs.set_enabled("hourly", False, BOB)
    house.pass_time(hours=2)
    house.jobs.set_enabled("hourly", True, ANN)
    house.pass_time(minutes=1)
    answer = house.why("11:00")
    assert (answer.verdict, kinds(answer), answer.causes[0].by) == (Verdict.DID_NOT_RUN, [Kind.DISABLED], "bob")
    assert answer.causes[0].until == START + timedelta(hours=2, minutes=10)


def test_an_overlap_names_the_execution_that_stood_in_the_way(house: House) -> None:
    house.create()
    house.pass_time(hours=1)
    house.pass_time(hours=1)
    house.end_all()
    house.pass_time(minutes=5)
    answer = house.why("12:00")
    holder = house.harness.executions("hourly")[0]
    assert (answer.verdict, kinds(answer)) == (Verdict.DID_NOT_RUN, [Kind.OVERLAP])
    assert answer.causes[0].execution_id == holder.id
    assert answer.causes[0].instance_id == holder.carrier
    assert answer.causes[0].since == START + timedelta(hours=1)


def test_what_waits_for_its_jobs_limit_says_for_whom(house: House) -> None:
    house.create(overlap="queue")
    house.pass_time(hours=2)
    first, second = house.harness.executions("hourly")
    waiting = house.why()
    assert (waiting.verdict, waiting.execution_id, kinds(waiting)) == (Verdict.WAITING, second.id, [Kind.LIMIT])
    assert waiting.causes[0].execution_id == first.id
    house.pass_time(minutes=20)
    house.end_all()
    late = house.why("12:00")
    assert (late.verdict, kinds(late)[1:]) == (Verdict.RUNNING, [Kind.LIMIT, Kind.DUE])
    assert late.causes[1].execution_id == first.id
    house.end_all()
    assert house.why("12:00").verdict is Verdict.RAN_LATE


def test_a_newer_run_takes_the_place_of_an_older_one(house: House) -> None:
    house.create(overlap="cancel_other")
    house.pass_time(hours=2)
    house.end_all(Ending.CANCELLED)
    answer = house.why("11:00")
    assert kinds(answer)[0] is Kind.OVERLAP and "newer" in answer.sentence


def test_a_full_queue_names_who_holds_its_places(house: House) -> None:
    house.harness.services.cluster.set_queue("narrow", ANN, width=1)
    house.create("other", queue="narrow")
    house.create(queue="narrow")
    house.pass_time(hours=1)
    waiting, running = ("hourly", "other") if house.last("other").started_at else ("other", "hourly")
    answer = house.why("11:00", waiting)
    assert (answer.verdict, kinds(answer)) == (Verdict.WAITING, [Kind.QUEUE_FULL])
    assert answer.causes[0].execution_id == house.last(running).id and running in answer.sentence
    house.pass_time(minutes=10)
    house.end_all()
    house.end_all()
    late = house.why("11:00", waiting)
    assert (late.verdict, kinds(late)) == (Verdict.RAN_LATE, [Kind.QUEUE_FULL, Kind.DUE])


def test_a_paused_queue_names_who_paused_it(house: House) -> None:
    house.create()
    house.pass_time(minutes=30)
    house.harness.services.cluster.set_queue("default", BOB, is_paused=True)
    house.pass_time(hours=1)
    answer = house.why()
    assert (answer.verdict, kinds(answer), answer.causes[0].by) == (Verdict.WAITING, [Kind.QUEUE_PAUSED], "bob")
    house.harness.services.cluster.set_queue("default", ANN, is_paused=False)
    house.harness.run_due()
    house.end_all()
    late = house.why("11:00")
    assert (late.verdict, kinds(late)[0], late.causes[0].by) == (Verdict.RAN_LATE, Kind.QUEUE_PAUSED, "bob")


@pytest.mark.parametrize("house", [{"coroutines": 1}], indirect=True)
def test_a_full_executor_is_named(house: House) -> None:
    house.create("other")
    house.create()
    house.pass_time(hours=1)
    waiting = "hourly" if house.last("other").started_at else "other"
    answer = house.why(None, waiting)
    assert (answer.verdict, kinds(answer)) == (Verdict.WAITING, [Kind.EXECUTOR_FULL])


def test_what_may_not_start_late_says_what_it_waited_for(house: House) -> None:
    house.create(startWithinSeconds=60)
    house.harness.services.cluster.set_queue("default", BOB, is_paused=True)
    house.pass_time(hours=1)
    house.pass_time(minutes=2)
    answer = house.why("11:00")
    assert (answer.verdict, kinds(answer)) == (Verdict.DID_NOT_RUN, [Kind.TOO_LATE, Kind.QUEUE_PAUSED])


@pytest.mark.parametrize("policy", ["none", "latest", "all"])
def test_an_outage_and_the_misfire_policy_are_told_together(house: House, policy: str) -> None:
    house.create(misfire=policy, misfireWindowSeconds=3700, maxInstances=9)
    house.pass_time(minutes=30)
    house.harness.restart(down=timedelta(hours=3))
    missed = house.why("11:00")
    assert (missed.verdict, kinds(missed)) == (Verdict.DID_NOT_RUN, [Kind.LEADER_GAP, Kind.MISFIRE])
    assert f"`{policy}`" in missed.sentence
    gap = missed.causes[0]
    assert gap.since is not None and gap.until is not None
    assert gap.since <= START + timedelta(minutes=30) and gap.until >= START + timedelta(hours=3, minutes=30)
    assert (missed.gap is not None, missed.execution_id) == (True, None)
    last = house.why("13:00")
    if policy == "none":
        assert kinds(last) == [Kind.LEADER_GAP, Kind.MISFIRE]
    else:
        assert last.execution_id is not None
        assert [kind for kind in kinds(last) if kind in (Kind.LEADER_GAP, Kind.MISFIRE)] == [
            Kind.LEADER_GAP,
            Kind.MISFIRE,
        ]
    if policy == "latest":
        assert missed.causes[1].execution_id == last.execution_id
        assert "for 3 missed moments together" in last.sentence


def test_a_clock_that_was_set_forward_is_no_outage(house: House) -> None:
    house.create(misfire="none")
    house.pass_time(minutes=30)
    house.harness.set_clock(timedelta(hours=1))
    house.harness.run_due()
    assert kinds(house.why("11:00")) == [Kind.CLOCK_SET, Kind.MISFIRE]


def test_a_clock_that_was_set_back_brings_a_moment_twice(house: House) -> None:
    house.create()
    house.live(1)
    house.harness.set_clock(timedelta(minutes=-30))
    house.harness.run_due()
    house.live(1)
    again = house.harness.executions("hourly")[1]
    assert Kind.CLOCK_SET in kinds(house.why(again.scheduled_for.isoformat()))
    assert Kind.CLOCK_SET not in kinds(house.why("2026-03-02T11:00:00.000000Z"))


def test_excluded_dates_and_calendars_are_named(house: House) -> None:
    house.harness.services.schedules.put_calendar("holidays", None, [date(2026, 3, 3)], ANN)
    house.create(expression="0 2 * * *", excludeCalendars=["holidays"], excludeDates=["2026-03-04"])
    house.pass_time(days=3)
    answer = house.why("2026-03-03 02:00")
    assert (answer.verdict, kinds(answer)) == (Verdict.DID_NOT_RUN, [Kind.EXCLUDED])
    assert "2026-03-03 is in the calendar holidays" in answer.sentence
    assert "excluded dates" in house.why("2026-03-04").sentence
    house.harness.services.schedules.put_calendar("holidays", None, [], ANN)
    assert kinds(house.why("2026-03-03 02:00")) == [Kind.EXCLUDED], "what the calendar was then counts"


def test_a_time_that_is_no_moment_shows_the_nearest(house: House) -> None:
    house.create()
    house.live(2)
    answer = house.why("11:20")
    assert (answer.verdict, kinds(answer)) == (Verdict.NOT_DUE, [Kind.NOT_SCHEDULED])
    assert (answer.before, answer.after) == (START + timedelta(hours=1), START + timedelta(hours=2))


def test_bounds_are_named(house: House) -> None:
    house.create(startAt="2026-03-02T12:30:00Z", endAt="2026-03-02T14:30:00Z")
    house.live(6)
    assert kinds(house.why("12:00")) == [Kind.BEFORE_START]
    assert kinds(house.why("15:00")) == [Kind.AFTER_END]
    assert kinds(house.why("14:00"))[0] is Kind.DUE


def test_a_jittered_moment_is_found_by_its_plain_time(house: House) -> None:
    house.create(jitterSeconds=600)
    house.live(2)
    answer = house.why("11:00")
    assert (answer.verdict, kinds(answer)) == (Verdict.RAN, [Kind.DUE, Kind.JITTER])
    assert answer.moment == house.harness.executions("hourly")[1].scheduled_for


def test_an_edit_says_who_moved_the_moment_and_when(house: House) -> None:
    house.create(expression="0 * * * *")
    house.live(1)
    house.change("hourly", scheduleConfig={"expression": "30 * * * *"})
    house.live(2)
    gone, new = house.why("12:00"), house.why("10:30")
    assert (gone.verdict, kinds(gone), gone.causes[0].by) == (Verdict.NOT_DUE, [Kind.EDITED], "bob")
    assert (new.verdict, kinds(new), new.causes[0].by) == (Verdict.NOT_DUE, [Kind.EDITED], "bob")
    assert "scheduleConfig" in gone.sentence
    assert kinds(house.why("11:00"))[0] is Kind.DUE, "the old rule holds for its own time"


def test_an_edit_before_anybody_looked_is_told(house: House) -> None:
    house.create()
    house.pass_time(minutes=30)
    house.harness.clock.advance(timedelta(hours=1))  # nobody ticks
    house.change("hourly", scheduleConfig={"expression": "15 * * * *"})
    house.harness.run_due()
    answer = house.why("11:00")
    assert (answer.verdict, kinds(answer), answer.causes[0].by) == (Verdict.DID_NOT_RUN, [Kind.EDITED], "bob")


def test_before_its_creation_and_after_its_end_there_is_no_job(house: House) -> None:
    house.create()
    house.live(1)
    assert kinds(house.why("09:00")) == [Kind.CREATED_LATER]
    house.jobs.delete("hourly", BOB)
    house.pass_time(hours=2)
    answer = house.why("12:00")
    assert (answer.verdict, kinds(answer), answer.causes[0].by) == (Verdict.DID_NOT_RUN, [Kind.DELETED], "bob")
    assert house.why("11:00").verdict is Verdict.RAN
    assert (house.why().verdict, kinds(house.why())) == (Verdict.HELD, [Kind.DELETED])


def test_a_time_to_come_says_whether_it_will_run(house: House) -> None:
    house.create()
    assert (house.why("2026-03-02T15:00").verdict, kinds(house.why("2026-03-02T15:00"))) == (
        Verdict.COMING,
        [Kind.FUTURE],
    )
    house.jobs.pause("hourly", None, "2026-03-02T16:30:00", BOB)
    assert house.why("2026-03-02T15:00").verdict is Verdict.HELD
    assert house.why("2026-03-02T17:00").verdict is Verdict.COMING
    assert kinds(house.why()) == [Kind.PAUSED]


def test_the_wall_time_that_a_clock_skips_is_made_up_for_or_left_out(house: House) -> None:
    for slug, dst in (("debian", "debian"), ("skip", "skip")):
        house.create(slug, "30 2 * * *", timezone="Europe/Rome", dstPolicy=dst)
    house.pass_time(days=40)
    made_up, left_out = house.why("2026-03-29T02:30", "debian"), house.why("2026-03-29T02:30", "skip")
    assert Kind.CLOCK_CHANGE in kinds(made_up) and made_up.execution_id is not None
    assert (left_out.verdict, kinds(left_out)) == (Verdict.NOT_DUE, [Kind.CLOCK_CHANGE])
    assert "jumped from 02:00 to 03:00 and never showed 02:30" in left_out.sentence
    assert made_up.moment == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_the_wall_time_that_a_clock_shows_twice_runs_once(house: House) -> None:
    house.create("nightly", "30 2 * * *", timezone="Europe/Rome")
    house.pass_time(days=250)
    second = house.why("2026-10-25T01:30:00Z", "nightly")
    assert (second.verdict, kinds(second)) == (Verdict.NOT_DUE, [Kind.CLOCK_CHANGE])
    assert house.why("2026-10-25T02:30", "nightly").execution_id is not None


def test_a_retry_says_what_failed_and_when_it_goes_on(house: House) -> None:
    house.create(retryCount=2, retryDelaySeconds=300)
    house.pass_time(hours=1)
    house.end_all(Ending.FAILED)
    waiting = house.why()
    assert (waiting.verdict, kinds(waiting)) == (Verdict.WAITING, [Kind.RETRY])
    assert waiting.causes[0].until == START + timedelta(hours=1, seconds=300)
    house.pass_time(minutes=6)
    house.end_all(Ending.FAILED)
    house.pass_time(minutes=6)
    house.end_all(Ending.TIMED_OUT)
    ended = house.why("11:00")
    assert (ended.verdict, kinds(ended)) == (Verdict.RAN, [Kind.TIMEOUT, Kind.RETRY, Kind.DUE])
    assert "3 attempts" in ended.sentence


def test_a_lost_carrier_is_named(house: House) -> None:
    house.create()
    house.pass_time(hours=1)
    house.harness.crash(down=timedelta(minutes=5))
    house.pass_time(minutes=5)
    answer = house.why("11:00")
    assert kinds(answer)[0] is Kind.CARRIER_LOST
    assert answer.causes[0].instance_id == house.last().carrier


def test_who_cancelled_is_named(house: House) -> None:
    house.create()
    house.pass_time(hours=1)
    house.harness.services.executions.cancel(house.last().id, BOB)
    house.harness.run_due()
    house.end_all(Ending.CANCELLED)
    [cause, *_] = house.why("11:00").causes
    assert (cause.kind, cause.by) == (Kind.CANCELLED, "bob")


def test_runs_by_hand_reruns_and_backfills_name_who_asked(house: House) -> None:
    house.create()
    house.pass_time(minutes=20)
    house.jobs.trigger("hourly", BOB)
    house.harness.run_due()
    house.end_all()
    by_hand = house.why("10:20")
    assert (by_hand.verdict, kinds(by_hand), by_hand.causes[0].by) == (Verdict.RAN, [Kind.MANUAL], "bob")
    house.pass_time(minutes=1)
    house.harness.services.executions.retry(house.last().id, ANN)
    assert kinds(house.why("10:21"))[-1] is Kind.RERUN
    house.harness.run_due()
    house.end_all()
    house.jobs.pause("hourly", None, None, BOB)
    house.pass_time(hours=1)
    house.jobs.resume("hourly", BOB)
    stretch = BackfillDocument.model_validate({"since": "2026-03-02T10:30:00Z", "until": "2026-03-02T11:10:00Z"})
    house.jobs.backfill("hourly", stretch, ANN)
    house.harness.run_due()
    house.end_all()
    answer = house.why("11:00")
    assert (kinds(answer), answer.causes[0].by) == ([Kind.BACKFILL, Kind.PAUSED], "ann")


def test_a_run_is_found_by_the_time_at_which_it_started(house: House) -> None:
    house.create(overlap="queue")
    house.pass_time(hours=2)
    house.pass_time(minutes=20)
    house.end_all()
    assert house.why("12:20").execution_id == house.last().id


def test_a_task_whose_code_is_gone_breaks_its_jobs(house: House) -> None:
    house.create()
    house.pass_time(minutes=30)
    app = house.harness._apps[0]
    kept = dict(app.tasks)
    app.tasks.clear()
    house.harness.restart()
    house.pass_time(hours=2)
    app.tasks.update(kept)
    broken = house.why("11:00")
    house.harness.restart()
    house.pass_time(hours=1)
    for answer in (broken, house.why("11:00")):
        assert (answer.verdict, kinds(answer)) == (Verdict.DID_NOT_RUN, [Kind.BROKEN])
        assert "shop.tidy is not there" in answer.sentence
        assert answer.causes[0].since == START + timedelta(minutes=30)


def test_without_any_server_the_moment_waits_for_one(house: House) -> None:
    house.create()
    house.pass_time(minutes=30)
    house.harness._do(house.harness._leave())
    house.harness.clock.advance(timedelta(hours=1))
    answer = house.why()
    assert (answer.verdict, kinds(answer)) == (Verdict.WAITING, [Kind.NO_INSTANCE])


def test_a_job_on_demand_is_never_due(house: House) -> None:
    house.create("bell", None, jobTypeId=4, scheduleConfig={})
    house.pass_time(hours=1)
    assert kinds(house.why("10:30", "bell")) == [Kind.ON_DEMAND]
    assert house.why(None, "bell").verdict is Verdict.HELD


@pytest.mark.parametrize(
    "at", ["soon", "25:00", "yesterday 99:00", "0001-01-01T00:00", "9999-12-31T23:59:59Z", "", "()"]
)
def test_what_is_no_time_is_refused_by_name(house: House, at: str) -> None:
    house.create()
    with pytest.raises(Invalid, match=r"^at: "):
        house.why(at)


def test_an_unknown_job_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        house.why(None, "nobody")


def test_a_pruned_moment_is_said_to_be_forgotten(house: House) -> None:
    house.create()
    house.live(2)
    table = house.harness.runtime.database
    with table.writing() as connection:
        connection.exec_driver_sql("DELETE FROM executions")
    assert kinds(house.why("11:00")) == [Kind.NO_RECORD]


@pytest.mark.parametrize(
    "story",
    [
        test_a_pause_is_named_with_its_author_its_note_and_both_its_ends,
        test_an_overlap_names_the_execution_that_stood_in_the_way,
        test_a_full_queue_names_who_holds_its_places,
        test_a_retry_says_what_failed_and_when_it_goes_on,
        test_a_clock_that_was_set_back_brings_a_moment_twice,
        test_before_its_creation_and_after_its_end_there_is_no_job,
        test_runs_by_hand_reruns_and_backfills_name_who_asked,
    ],
)
def test_postgresql_tells_the_same(story: Callable[[House], None], postgresql_url: str) -> None:
    with Harness(make_app(), start=START, executor=GateExecutor, database_url=postgresql_url) as harness:
        story(House(harness))
