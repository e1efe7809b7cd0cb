"""Why by simulation: the trouble that was made for a moment is what is named, and the ledger is not contradicted."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest

from orario.app import App
from orario.core.execution import Ending, Execution, State
from orario.core.planning import Reason
from orario.core.schedule import Schedule
from orario.core.why import Answer, Kind, Verdict
from orario.service.documents import JobDocument
from orario.testing import TESTER, Harness
from tests.engine.gate import GateExecutor
from tests.engine.ledger_calculator import ExpectedLedger
from tests.engine.test_ledger_simulation import START, Simulation, make_app

ASKED_EACH = 25  # moments of each job
_LATE = {Kind.LEADER_GAP, Kind.CLOCK_SET}


@dataclass
class Told(ExpectedLedger):
    """A calculator that also remembers, of every moment, what was done to it."""

    causes: dict[datetime, list[frozenset[Kind]]] = field(default_factory=lambda: defaultdict(list))
    by_clock: bool = False
    disabled_at: datetime | None = None
    walked: list[datetime] = field(default_factory=list)

    def _walk(self, until: datetime) -> list[datetime]:
        self.walked = super()._walk(until)
        return self.walked

    def _tell(self, moments: list[datetime], *kinds: Kind, fold: int = 0) -> None:
        for moment in moments:
            self.causes[moment + timedelta(microseconds=fold)].append(frozenset(kinds))

    def lived(self, until: datetime) -> None:
        self.walked = []
        super().lived(until)
        self._tell(self.walked, Kind.DUE, fold=self.fold)

    def was_away(self, until: datetime) -> None:
        self.walked = []
        super().was_away(until)
        ran = set(self._late(self.walked, until)) if self.walked else set()
        trouble = (Kind.CLOCK_SET if self.by_clock else Kind.LEADER_GAP, Kind.MISFIRE)
        for moment in self.walked:
            on_time = until - moment <= timedelta(seconds=1)
            late = () if on_time else trouble
            if moment in ran:
                self._tell([moment], Kind.DUE, *late, fold=self.fold)
            else:
                self._tell([moment], *trouble)

    def resumed(self, now: datetime) -> None:
        self.walked = []
        super().resumed(now)
        self._tell(self.walked, Kind.PAUSED)

    def edited(self, now: datetime, schedule: Schedule) -> None:
        self._while_disabled(now)
        self.walked = []
        super().edited(now, schedule)
        self._tell(self.walked, Kind.PAUSED)
        self.disabled_at = now if self.disabled_at is not None else None

    def disabled(self, now: datetime) -> None:
        self.walked = []
        was_enabled = self.is_enabled
        super().disabled(now)
        self._tell(self.walked, Kind.PAUSED)
        if was_enabled:
            self.disabled_at = now

    def enabled(self, now: datetime, schedule: Schedule) -> None:
        if not self.is_enabled:
            self._while_disabled(now)
            self.disabled_at = None
        super().enabled(now, schedule)

    def _while_disabled(self, now: datetime) -> None:
        if self.disabled_at is not None:
            fires = self.schedule.fires(self.disabled_at)
            self._tell([moment for moment in takewhile(lambda moment: moment < now, fires)], Kind.DISABLED)


class WhySimulation(Simulation):
    """The same random trouble, remembered moment by moment."""

    calculator = Told

    def _forward(self) -> None:
        """Not by as much as it is set back: no two ticks are to have the same time."""
        self._clock(True)
        self.harness.set_clock(timedelta(hours=1, seconds=7))
        self.harness.run_due()
        self._each(lambda ledger: ledger.was_away(self.harness.now))
        self._clock(False)

    def _clock(self, by_clock: bool) -> None:
        for ledger in self.told():
            ledger.by_clock = by_clock

    def told(self) -> Iterator[Told]:
        for ledger in self.expected.values():
            assert isinstance(ledger, Told)
            yield ledger

    def check_answers(self) -> None:
        for slug, ledger in zip(self.expected, self.told(), strict=True):
            opened = {one.scheduled_for: one for one in self.harness.executions(slug)}
            moments = sorted(ledger.causes)
            for moment in self.chance.sample(moments, k=min(ASKED_EACH, len(moments))):
                answer = self.harness.services.jobs.why(slug, moment.isoformat(timespec="microseconds"))
                check_ledger(answer, opened.get(moment))
                self._check_causes(slug, moment, answer, ledger.causes[moment])
            self._check_others(slug, opened)

    def _check_causes(self, slug: str, moment: datetime, answer: Answer, made: list[frozenset[Kind]]) -> None:
        named = {cause.kind for cause in answer.causes}
        assert any(kinds <= named for kinds in made), f"{slug} at {moment}: {answer.sentence} but it was {made}"
        allowed = frozenset[Kind]().union(*made) | {Kind.CLOCK_CHANGE, Kind.CLOCK_SET, Kind.DUE}
        assert named <= allowed, f"{slug} at {moment}: {answer.sentence} but it was only {made}"
        if Kind.PAUSED in named or Kind.DISABLED in named:
            assert answer.causes[0].by == "tester"

    def _check_others(self, slug: str, opened: dict[datetime, Execution]) -> None:
        """Times at which nothing happened are told so."""
        span = self.harness.now - START
        for _ in range(3):
            moment = START + span * self.chance.random()
            answer = self.harness.services.jobs.why(slug, moment.isoformat(timespec="microseconds"))
            check_ledger(answer, opened.get(moment))
            assert answer.causes, answer.headline


def check_ledger(answer: Answer, execution: Execution | None) -> None:
    """The answer says of the moment what its ledger says."""
    if execution is not None:
        assert answer.execution_id == execution.id, answer.sentence
        late = execution.started_at is not None and execution.started_at - execution.scheduled_for > timedelta(
            seconds=1
        )
        expected = {
            State.PENDING: Verdict.WAITING,
            State.RUNNING: Verdict.RUNNING,
            State.SKIPPED: Verdict.DID_NOT_RUN,
            State.MISSED: Verdict.DID_NOT_RUN,
        }.get(execution.state, Verdict.RAN_LATE if late else Verdict.RAN)
        assert answer.verdict is expected, answer.sentence
        return
    assert answer.execution_id is None, answer.sentence
    assert answer.verdict not in (Verdict.RAN, Verdict.RAN_LATE, Verdict.RUNNING), answer.sentence
    if answer.gap is not None:
        assert answer.verdict is Verdict.DID_NOT_RUN
        first = answer.causes[0].kind
        expected_kinds = {
            Reason.PAUSED: {Kind.PAUSED},
            Reason.BROKEN: {Kind.BROKEN},
            Reason.MISSED: _LATE | {Kind.EDITED},
            Reason.EXCLUDED: {Kind.EXCLUDED},
        }[answer.gap.reason]
        assert first in expected_kinds, answer.sentence


def simulate(seed: int, count: int, days: float) -> None:
    with Harness(make_app(), start=START) as harness:
        simulation = WhySimulation(harness, random.Random(seed), count)
        simulation.story(days)
        simulation.check()
        simulation.check_answers()


@pytest.mark.parametrize("seed", range(3))
def test_the_trouble_that_was_made_is_the_trouble_that_is_named(seed: int) -> None:
    simulate(seed, count=20, days=10)


@pytest.mark.soak
def test_the_trouble_of_hundreds_of_jobs_over_months_is_named() -> None:
    simulate(2026, count=300, days=60)


class Crowd:
    """Jobs whose runs end at random, so that they meet each other, and a queue that is too narrow for them."""

    def __init__(self, harness: Harness, chance: random.Random) -> None:
        self.harness, self.chance = harness, chance
        self.gate = harness.executor
        [self.task] = [one for one in harness.services.tasks.find().items if one.name == "crowd.noop"]
        self.slugs = [self._create(f"job-{number}") for number in range(8)]

    def _create(self, slug: str) -> str:
        document = {
            "name": slug,
            "slug": slug,
            "taskFunctionId": self.task.id,
            "jobTypeId": 2,
            "scheduleConfig": {"expression": f"{self.chance.randrange(60)} * * * *"},
            "maxInstances": self.chance.randint(1, 2),
            "overlap": self.chance.choice(["skip", "queue"]),
            "queue": self.chance.choice(["narrow", "default"]),
        }
        self.harness.services.jobs.create(JobDocument.model_validate(document), TESTER)
        return slug

    def story(self, steps: int) -> None:
        assert isinstance(self.gate, GateExecutor)
        for _ in range(steps):
            self.harness.advance(timedelta(minutes=self.chance.uniform(5, 50)))
            for id in sorted(self.gate.underway):
                if self.chance.random() < 0.5:
                    self.gate.end(id, Ending.SUCCEEDED)
            self.harness.run_due()

    def check(self) -> None:
        everything = self.harness.executions()
        for slug in self.slugs:
            job = self.harness.job(slug)
            for one in (one for one in everything if one.job_id == job.id):
                answer = self.harness.services.jobs.why(slug, one.scheduled_for.isoformat())
                check_ledger(answer, one)
                self._check(one, answer, everything, job.policy.max_instances)

    def _check(self, one: Execution, answer: Answer, everything: list[Execution], limit: int) -> None:
        until = one.finished_at if one.state is State.SKIPPED else one.started_at or self.harness.now
        assert until is not None
        causes = {cause.kind: cause for cause in answer.causes}
        before = until - timedelta(seconds=1) if one.started_at else until
        if one.state is State.SKIPPED:
            own = [other for other in underway(everything, before) if other.job_id == one.job_id]
            assert len(own) >= limit
            assert causes[Kind.OVERLAP].execution_id in {other.id for other in own}, answer.sentence
        elif until - one.created_at > timedelta(seconds=1):
            crowd = [other for other in underway(everything, before) if other.id != one.id]
            if one.state is State.PENDING:
                crowd = [other for other in crowd if other.state is State.RUNNING]
            own = [other for other in crowd if other.job_id == one.job_id]
            lined = [other for other in crowd if other.queue == one.queue]
            assert (Kind.LIMIT in causes) >= (len(own) >= limit), answer.sentence
            assert (Kind.QUEUE_FULL in causes) >= (one.queue == "narrow" and len(lined) >= 3), answer.sentence
            assert causes.keys() & {Kind.LIMIT, Kind.QUEUE_FULL}, answer.sentence
        else:
            assert not causes.keys() & {Kind.LIMIT, Kind.QUEUE_FULL, Kind.WAITED}, answer.sentence


def underway(everything: list[Execution], at: datetime) -> list[Execution]:
    """By the ledger, what ran at a moment."""
    return [
        one
        for one in everything
        if one.started_at is not None and one.started_at <= at and (one.finished_at is None or one.finished_at >= at)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_whoever_stood_in_the_way_is_named(seed: int) -> None:
    app = App("crowd")

    @app.task
    async def noop() -> None:
        """Do nothing."""

    start = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
    with Harness(app, start=start, executor=GateExecutor) as harness:
        harness.services.cluster.set_queue("narrow", TESTER, width=3)
        crowd = Crowd(harness, random.Random(seed))
        crowd.story(40)
        crowd.check()
