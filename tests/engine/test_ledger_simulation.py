"""The ledger by simulation: random jobs, random trouble, and a calculator that says what it must be."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orario import App
from orario.core.schedule import Cron, Every
from orario.service.documents import JobChanges, JobDocument
from orario.testing import TESTER, Harness
from tests.engine.ledger_calculator import ExpectedLedger

START = datetime(2026, 3, 20, 9, 17, 3, 250_000, tzinfo=UTC)  # Europe's clocks change nine days later

CONFIGS: list[tuple[int, dict[str, Any]]] = [
    (1, {"hours": 1}),
    (1, {"minutes": 50}),
    (1, {"hours": 7, "minutes": 13}),
    (1, {"hours": 24}),
    (2, {"expression": "17 * * * *"}),
    (2, {"expression": "*/45 * * * *"}),
    (2, {"expression": "30 2 * * *"}),
    (2, {"expression": "0 9 * * mon-fri"}),
    (2, {"expression": "15 1,2,3 * * *"}),
    (2, {"expression": "0 */6 * * *"}),
    (2, {"hour": "22", "minute": "10"}),
]
ZONES = ["UTC", "Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
POLICIES: list[dict[str, Any]] = [
    {"misfire": "latest"},
    {"misfire": "none"},
    {"misfire": "all"},
    {"misfire": "all", "misfireWindowSeconds": 7200},
    {"misfire": "all", "misfireCap": 3},
    {"misfire": "none", "misfireGraceSeconds": 1800},
]


def make_app() -> App:
    app = App("sim")

    @app.task
    async def noop() -> None:
        """Do nothing."""

    return app


class Simulation:
    """Random jobs on a real Orario, and the same story told to a calculator for each."""

    calculator: type[ExpectedLedger] = ExpectedLedger

    def __init__(self, harness: Harness, chance: random.Random, count: int) -> None:
        self.harness, self.chance = harness, chance
        [self.task] = [one for one in harness.services.tasks.find().items if one.name == "sim.noop"]
        self.expected: dict[str, ExpectedLedger] = {}
        for number in range(count):
            self._create(f"job-{number}")

    def _create(self, slug: str) -> None:
        kind, config = self.chance.choice(CONFIGS)
        document = JobDocument.model_validate(
            {
                "name": slug,
                "slug": slug,
                "taskFunctionId": self.task.id,
                "jobTypeId": kind,
                "scheduleConfig": config,
                "timezone": self.chance.choice(ZONES),
                "maxInstances": 1000,
                **self.chance.choice(POLICIES),
            }
        )
        job = self.harness.services.jobs.create(document, TESTER).job
        self.expected[slug] = self.calculator(self._schedule(slug), job.policy, self.harness.now)

    def _schedule(self, slug: str) -> Every | Cron:
        job = self.harness.job(slug)
        schedule = job.schedule
        assert isinstance(schedule, Every | Cron)
        return schedule.zoned(job.timezone) if isinstance(schedule, Cron) else schedule

    def story(self, days: float) -> None:
        until = self.harness.now + timedelta(days=days)
        while self.harness.now < until:
            self.harness.advance(timedelta(hours=self.chance.uniform(0.5, 20)))
            self._each(lambda ledger: ledger.lived(self.harness.now))
            self._trouble()

    def _each(self, tell: Callable[[ExpectedLedger], None]) -> None:
        for ledger in self.expected.values():
            tell(ledger)

    def _trouble(self) -> None:
        kinds = [self._pause, self._resume, self._edit, self._disable, self._enable]
        kinds += [self._outage, self._crash, self._forward, self._back]
        for _ in range(self.chance.randint(1, 4)):
            self.chance.choice(kinds)()

    def _some(self) -> list[str]:
        slugs = list(self.expected)
        return self.chance.sample(slugs, k=max(1, len(slugs) // 5))

    def _pause(self) -> None:
        for slug in self._some():
            self.harness.services.jobs.pause(slug, "simulated", None, TESTER)
            self.expected[slug].paused()

    def _resume(self) -> None:
        for slug in self._some():
            self.harness.services.jobs.resume(slug, TESTER)
            self.expected[slug].resumed(self.harness.now)

    def _edit(self) -> None:
        for slug in self._some():
            kind, config = self.chance.choice(CONFIGS)
            before = self._schedule(slug)
            changes = JobChanges.model_validate({"jobTypeId": kind, "scheduleConfig": config})
            self.harness.services.jobs.change(slug, changes, TESTER)
            after = self._schedule(slug)
            if after != before:
                self.expected[slug].edited(self.harness.now, after)

    def _disable(self) -> None:
        for slug in self._some():
            self.harness.services.jobs.set_enabled(slug, False, TESTER)
            self.expected[slug].disabled(self.harness.now)

    def _enable(self) -> None:
        for slug in self._some():
            self.harness.services.jobs.set_enabled(slug, True, TESTER)
            self.expected[slug].enabled(self.harness.now, self._schedule(slug))

    def _outage(self) -> None:
        self.harness.restart(down=timedelta(hours=self.chance.uniform(0.1, 30)))
        self._each(lambda ledger: ledger.was_away(self.harness.now))

    def _crash(self) -> None:
        self.harness.crash(down=timedelta(minutes=self.chance.uniform(0.1, 200)))
        self._each(lambda ledger: ledger.was_away(self.harness.now))

    def _forward(self) -> None:
        self.harness.set_clock(timedelta(hours=1))
        self.harness.run_due()
        self._each(lambda ledger: ledger.was_away(self.harness.now))

    def _back(self) -> None:
        self.harness.set_clock(timedelta(hours=-1))
        self.harness.run_due()
        self._each(lambda ledger: ledger.set_back(self.harness.now))

    def check(self) -> None:
        for slug, ledger in self.expected.items():
            if ledger.is_paused and ledger.is_enabled:
                self.harness.services.jobs.resume(slug, TESTER)
                ledger.resumed(self.harness.now)
            ran = Counter(one.scheduled_for for one in self.harness.executions(slug))
            gaps: Counter[str] = Counter()
            for gap in self.harness.gaps(slug):
                gaps[gap.reason] += gap.count
            extra = sorted(ran - ledger.ran)
            assert not extra, (
                f"{slug} {ledger.schedule} {ledger.policy.misfire} ran when not due, or twice: {extra[:3]}"
            )
            lacking = sorted(ledger.ran - ran)
            assert not lacking, f"{slug} {ledger.schedule} did not run when it was due: {lacking[:3]}"
            assert +gaps == +ledger.gaps, f"{slug}: its gaps are not explained"


def simulate(seed: int, count: int, days: float, database_url: str | None = None) -> None:
    with Harness(make_app(), start=START, database_url=database_url) as harness:
        simulation = Simulation(harness, random.Random(seed), count)
        simulation.story(days)
        simulation.check()


@pytest.mark.parametrize("seed", range(4))
def test_the_ledger_equals_what_a_calculator_says(seed: int) -> None:
    simulate(seed, count=30, days=12)


def test_the_ledger_is_the_same_on_postgresql(postgresql_url: str) -> None:
    simulate(4, count=20, days=6, database_url=postgresql_url)


@pytest.mark.soak
def test_the_ledger_of_a_thousand_jobs_over_ninety_days() -> None:
    simulate(2026, count=1000, days=90)
