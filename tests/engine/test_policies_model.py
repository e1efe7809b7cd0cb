"""Overlap, misfire, retries and limits: random stories, told to the engine and to a naive model of it."""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from orario import App
from orario.core.execution import Ending, Execution, State
from orario.service.documents import JobChanges, JobDocument
from orario.testing import TESTER, Harness
from tests.engine.gate import GateExecutor
from tests.engine.policy_model import RUNNING, WAITING, Job, Rules, Run, World
from tests.servers.postgresql import PostgreSQL

START = datetime(2026, 3, 20, 9, 17, 3, tzinfo=UTC)
ROOM, WIDTH = 4, 3
QUEUES = ["narrow", "wide"]
JOBS = [("often", "narrow", 10), ("seldom", "narrow", 25), ("elsewhere", "wide", 15)]
ENDINGS = {
    "success": (Ending.SUCCEEDED, True),
    "failure": (Ending.FAILED, True),
    "time-out": (Ending.TIMED_OUT, True),
    "giving up": (Ending.FAILED, False),
}

rules_of_a_job = some.builds(
    Rules,
    limit=some.integers(1, 3),
    overlap=some.sampled_from(["skip", "queue", "cancel_other"]),
    misfire=some.sampled_from(["latest", "all", "none"]),
    window=some.sampled_from([5, 60, 3600]),
    cap=some.integers(1, 5),
    retries=some.integers(0, 2),
    delay=some.sampled_from([0, 1, 7, 40]),
    doubles=some.booleans(),
    priority=some.integers(-2, 2),
    pause_after=some.sampled_from([None, None, 1, 2, 3]),
    start_within=some.sampled_from([None, None, 4, 30]),
)
which = some.integers(0, 1000)
some_end = some.tuples(which, some.sampled_from(sorted(ENDINGS)), some.sampled_from([False] * 4 + [True]))
any_job = some.integers(0, len(JOBS) - 1)
some_seconds = some.integers(1, 40)


def in_the_api(rules: Rules) -> dict[str, Any]:
    return {
        "maxInstances": rules.limit,
        "overlap": rules.overlap,
        "misfire": rules.misfire,
        "misfireWindowSeconds": rules.window,
        "misfireCap": rules.cap,
        "retryCount": rules.retries,
        "retryDelaySeconds": rules.delay,
        "retryBackoff": "exponential" if rules.doubles else "fixed",
        "priority": rules.priority,
        "pauseAfterFailures": rules.pause_after,
        "startWithinSeconds": rules.start_within,
    }


def make_app() -> App:
    app = App("sim")

    @app.task
    async def stays() -> None:
        """Run until told how to end."""

    return app


class Policies(RuleBasedStateMachine):
    """Every rule does one thing to the engine and to the model; after each, both must stand alike."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = Harness(
            make_app(),
            start=START,
            database_url=self.open_database(),
            executor=GateExecutor,
            heartbeat_seconds=6,
            coroutines=ROOM,
            queue_width=WIDTH,
        )
        self.world = World([], ROOM, WIDTH, was_preferred=self.has_started)
        self.by_hand: dict[UUID, Run] = {}
        self.over: dict[UUID, Execution] = {}
        self.seen = 0  # of all starts
        self.most_retries: Counter[str] = Counter()
        self.most_running: Counter[str] = Counter()

    def open_database(self) -> str | None:
        """Where this story is kept; None: in a file of its own."""
        return None

    def teardown(self) -> None:
        self.harness.close()

    @initialize(rules=some.lists(rules_of_a_job, min_size=len(JOBS), max_size=len(JOBS)))
    def open_shop(self, rules: list[Rules]) -> None:
        [task] = self.harness.services.tasks.find().items
        for (name, queue, seconds), chosen in zip(JOBS, rules, strict=True):
            document = {"name": name, "slug": name, "queue": queue, "taskFunctionId": task.id, "jobTypeId": 1}
            document |= {"scheduleConfig": {"seconds": seconds}, **in_the_api(chosen)}
            self.harness.services.jobs.create(JobDocument.model_validate(document), TESTER)
            self.world.jobs.append(Job(name, queue, seconds, chosen))
        self.ids = {self.harness.job(job.name).id: job for job in self.world.jobs}

    # Reading

    @property
    def gate(self) -> GateExecutor:
        executor = self.harness.executor
        assert isinstance(executor, GateExecutor)
        return executor

    def run_of(self, id: UUID, job_id: UUID, moment: datetime) -> Run | None:
        """The same in the model."""
        at = (self.ids[job_id].name, (moment - START) // timedelta(seconds=1))
        return self.by_hand.get(id) or self.world.of_moment.get(at)

    def pairs(self) -> list[tuple[Execution, Run]]:
        """Every execution beside the model's; there is none on one side only."""
        found = []
        for one in self.harness.executions():
            run = self.run_of(one.id, one.job_id, one.scheduled_for)
            assert run is not None, f"the model does not know of {one}"
            found.append((one, run))
        assert len(found) == len(self.world.runs), "the model knows of more executions than there are"
        return found

    def has_started(self, run: Run) -> bool:
        """Whether the engine has started the next attempt of this one."""
        return any(
            self.run_of(work.execution_id, work.job.id, work.scheduled_for) is run
            for work in self.gate.started
            if work.attempt == run.attempts + 1
        )

    def pick(self, number: int, *states: str) -> tuple[Execution, Run] | None:
        found = [(one, run) for one, run in self.pairs() if run.state in states]
        return found[number % len(found)] if found else None

    def look(self) -> None:
        self.harness.run_due()
        self.world.look()

    # What may happen

    @rule(seconds=some_seconds)
    def time_passes(self, seconds: int) -> None:
        self.harness.advance(timedelta(seconds=seconds))
        self.world.advance(seconds)

    @rule(ends=some.lists(some_end, min_size=1, max_size=4))
    def attempts_end(self, ends: list[tuple[int, str, bool]]) -> None:
        """One after the other, but settled in one go."""
        for number, how, is_cancelled_meanwhile in ends:
            if (picked := self.pick(number, RUNNING)) is not None:
                self._end(*picked, how, is_cancelled_meanwhile)
        self.look()

    def _end(self, one: Execution, run: Run, how: str, is_cancelled_meanwhile: bool) -> None:
        ending, may_retry = (Ending.CANCELLED, True) if one.id in self.gate.asked else ENDINGS[how]
        if is_cancelled_meanwhile:
            self.harness.services.executions.cancel(one.id, TESTER)
            self.world.cancel(run)
        self.gate.end(one.id, ending, may_retry=may_retry)
        self.world.end(run, ending.value, may_retry, run.rules)

    @rule(job=any_job, priority=some.sampled_from([None, None, -5, 5]))
    def somebody_triggers(self, job: int, priority: int | None) -> None:
        chosen = self.world.jobs[job]
        if chosen.is_enabled:
            opened = self.harness.services.jobs.trigger(chosen.name, TESTER, priority=priority)
            self.by_hand[opened.id] = self.world.trigger(chosen, priority)
            self.look()

    @rule(number=which)
    def somebody_cancels(self, number: int) -> None:
        if (picked := self.pick(number, WAITING, RUNNING)) is not None:
            one, run = picked
            self.harness.services.executions.cancel(one.id, TESTER)
            self.world.cancel(run)
            self.look()

    @rule(job=any_job, seconds=some.one_of(some.none(), some_seconds))
    def somebody_pauses(self, job: int, seconds: int | None) -> None:
        chosen = self.world.jobs[job]
        ends = None if seconds is None else self.world.now + seconds
        until = None if ends is None else (START + timedelta(seconds=ends)).isoformat()
        self.harness.services.jobs.pause(chosen.name, None, until, TESTER)
        self.world.pause(chosen, ends)
        self.look()

    @rule(job=any_job)
    def somebody_resumes(self, job: int) -> None:
        self.harness.services.jobs.resume(self.world.jobs[job].name, TESTER)
        self.world.resume(self.world.jobs[job])
        self.look()

    @rule(job=any_job, enabled=some.booleans())
    def somebody_enables_or_disables(self, job: int, enabled: bool) -> None:
        self.harness.services.jobs.set_enabled(self.world.jobs[job].name, enabled, TESTER)
        self.world.set_enabled(self.world.jobs[job], enabled)
        self.look()

    @rule(job=any_job, rules=rules_of_a_job)
    def somebody_changes_a_policy(self, job: int, rules: Rules) -> None:
        chosen = self.world.jobs[job]
        self.harness.services.jobs.change(chosen.name, JobChanges.model_validate(in_the_api(rules)), TESTER)
        chosen.rules = rules
        self.look()

    @rule(queue=some.sampled_from(QUEUES), width=some.integers(1, 3), is_held=some.booleans())
    def somebody_sets_a_queue(self, queue: str, width: int, is_held: bool) -> None:
        self.harness.services.cluster.set_queue(queue, TESTER, width=width, is_paused=is_held)
        self.world.widths[queue] = width
        self.world.held = self.world.held - {queue} | ({queue} if is_held else set())
        self.look()

    @rule(seconds=some.integers(0, 100), cleanly=some.booleans())
    def the_server_is_away(self, seconds: int, cleanly: bool) -> None:
        if cleanly:
            self.world.stop(cleanly=True)
            self.harness.restart(down=seconds)
        else:
            self.harness.crash(down=seconds)
        self.world.now = (self.harness.now - START) // timedelta(seconds=1)
        if not cleanly:
            self.world.stop(cleanly=False)
        self.world.rounds_at = -1
        self.world.look()
        self.time_passes(
            1
        )  # what was too late on arrival, and stands behind a full queue, is found in the next round

    # What must always hold

    @invariant()
    def all_is_well(self) -> None:
        pairs = self.pairs()
        for one, run in pairs:
            self._stands_alike(one, run)
        for job in self.world.jobs:
            self._job_stands_alike(job)
        self._nothing_final_changes([one for one, _ in pairs])
        self._no_attempt_is_one_too_many([one for one, _ in pairs])
        self._no_limit_is_passed([one for one, _ in pairs if one.state is State.RUNNING])
        self._nobody_was_overtaken([one for one, _ in pairs])

    def _stands_alike(self, one: Execution, run: Run) -> None:
        name = f"{run.job.name} of {run.moment}, at {self.world.now}"
        engine, model = f"{one.state} after {one.attempt}", f"{run.state} after {run.attempts}"
        assert engine == model, f"{name}: {engine} attempts, and the model says {model}"
        if run.state == WAITING:
            assert one.due_at == START + timedelta(seconds=run.due), name
            assert one.priority == run.priority, name
        if run.state == RUNNING:
            assert (one.cancel_requested_at is not None) is run.is_asked, name
            assert (one.id in self.gate.asked) is run.is_asked, name

    def _job_stands_alike(self, job: Job) -> None:
        cursor, found = self.harness.cursor(job.name), self.harness.job(job.name)
        assert (found.is_enabled, found.pause is not None) == (job.is_enabled, job.is_paused), job.name
        assert cursor.failures_in_row == job.streak, job.name
        assert {state.value: count for state, count in cursor.counts.items() if count} == +job.counts, job.name
        gaps: Counter[str] = Counter()
        for gap in self.harness.gaps(job.name):
            gaps[gap.reason] += gap.count
        assert gaps == +job.gaps, job.name

    def _nothing_final_changes(self, found: list[Execution]) -> None:
        now = {one.id: one for one in found if one.state.is_final}
        assert self.over.items() <= now.items()
        self.over = now
        started = {work.execution_id for work in self.gate.started}
        for one in now.values():
            if one.state in (State.SKIPPED, State.MISSED):
                assert one.id not in started and (one.attempt, one.started_at) == (0, None)

    def _no_attempt_is_one_too_many(self, found: list[Execution]) -> None:
        starts = Counter((work.execution_id, work.attempt) for work in self.gate.started)
        assert all(count == 1 for count in starts.values())
        for job in self.world.jobs:
            self.most_retries[job.name] = max(self.most_retries[job.name], job.rules.retries)
        for one in found:
            assert one.attempt <= 1 + self.most_retries[self.ids[one.job_id].name]

    def _no_limit_is_passed(self, carried: list[Execution]) -> None:
        """Who lowers a limit stops nobody: until enough have ended, those that ran may go on."""
        running = Counter([*(self.ids[one.job_id].name for one in carried), *(one.queue for one in carried)])
        limits = {job.name: job.rules.limit for job in self.world.jobs}
        for queue in QUEUES:
            limits[queue] = 0 if queue in self.world.held else self.world.widths.get(queue, WIDTH)
        for what, limit in limits.items():
            assert running[what] <= max(limit, self.most_running[what]), f"{what}: {running[what]} run, {limit} may"
        self.most_running = running
        assert len(carried) <= ROOM

    def _nobody_was_overtaken(self, found: list[Execution]) -> None:
        """What waits goes by priority, then by its moment, within a job: there, all meet the same limits."""
        now, fresh = self.harness.now, {work.execution_id for work in self.gate.started[self.seen :]}
        self.seen = len(self.gate.started)
        for one in (one for one in found if one.id in fresh and one.started_at == now):
            for other in (other for other in found if other.state is State.PENDING and other.due_at <= now):
                if other.job_id == one.job_id and one.state is State.RUNNING:
                    assert (-one.priority, one.due_at) <= (-other.priority, other.due_at)


def tell_stories(count: int, steps: int, *, same_ones: bool, machine: type[Policies] = Policies) -> None:
    chosen = settings(
        max_examples=count,
        stateful_step_count=steps,
        deadline=None,
        derandomize=same_ones,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_policies_mean_what_the_model_says() -> None:
    tell_stories(25, 25, same_ones=True)


def test_policies_mean_the_same_on_postgresql(postgresql: PostgreSQL, postgresql_template: str) -> None:
    with ExitStack() as databases:

        class OnPostgreSQL(Policies):
            def open_database(self) -> str:
                return postgresql.url(databases.enter_context(postgresql.database(postgresql_template)))

        tell_stories(5, 25, same_ones=True, machine=OnPostgreSQL)


@pytest.mark.soak
def test_policies_mean_what_the_model_says_in_long_stories() -> None:
    tell_stories(400, 80, same_ones=False)
