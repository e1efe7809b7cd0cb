"""A naive model of what policies mean: it walks over lists, counts whole seconds, knows no engine."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

WAITING, RUNNING = "pending", "running"
GRACE = 1


@dataclass(frozen=True)
class Rules:
    """A job's policy."""

    limit: int = 1
    overlap: str = "skip"
    misfire: str = "latest"
    window: int = 60
    cap: int = 3
    retries: int = 0
    delay: int = 10
    doubles: bool = False
    priority: int = 0
    pause_after: int | None = None
    start_within: int | None = None


@dataclass(eq=False)
class Job:
    """A job: every `interval` seconds, counted from `anchor`."""

    name: str
    queue: str
    interval: int
    rules: Rules
    anchor: int = 0
    position: int = 0
    is_enabled: bool = True
    is_paused: bool = False
    pause_ends: int | None = None
    streak: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_active(self) -> bool:
        return self.is_enabled and not self.is_paused

    def moments(self) -> Iterator[int]:
        """Those that nobody has accounted for yet, in order, without end."""
        moment = self.anchor
        while True:
            moment += self.interval
            if moment > self.position:
                yield moment

    def take(self, now: int) -> list[int]:
        """The moments up to now, accounted for from here on."""
        found = []
        for moment in self.moments():
            if moment > now:
                break
            found.append(moment)
        self.position = found[-1] if found else self.position
        return found

    def pass_over(self, now: int) -> None:
        """Go on from now; what a pause held back is a gap."""
        held = self.take(now)
        if self.is_enabled:
            self.gaps["paused" if self.is_paused else "missed"] += len(held)
        self.position = now


@dataclass(eq=False)
class Run:
    """An execution."""

    job: Job
    moment: int
    due: int
    priority: int
    expires: int | None
    state: str = WAITING
    attempts: int = 0
    started: int = 0  # as which of all starts
    is_asked: bool = False  # to stop
    rules: Rules = field(default_factory=Rules)  # as they were when the attempt started


@dataclass
class World:
    """All jobs, all executions, and the limits that they share."""

    jobs: list[Job]
    room: int
    width: int
    now: int = 0
    runs: list[Run] = field(default_factory=list)
    of_moment: dict[tuple[str, int], Run] = field(default_factory=dict)
    widths: dict[str, int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    rounds_at: int = -1
    starts: int = 0
    was_preferred: Callable[[Run], bool] = lambda run: False  # among equals nobody promises an order: ask the engine

    def running(self, job: Job | None = None, queue: str | None = None) -> list[Run]:
        carried = [run for run in self.runs if run.state == RUNNING and job in (None, run.job)]
        return [run for run in carried if queue in (None, run.job.queue)]

    def has_place(self, queue: str) -> bool:
        width = 0 if queue in self.held else self.widths.get(queue, self.width)
        return len(self.running(queue=queue)) < width and len(self.running()) < self.room

    # What happens

    def advance(self, by: int) -> None:
        until = self.now + by
        while (stop := min(self._stops(), default=until + 1)) <= until:
            self.now = stop
            self.look()
        self.now = until
        self.look()

    def _stops(self) -> Iterator[int]:
        yield from (next(job.moments()) for job in self.jobs if job.is_active)
        yield from (run.due for run in self.runs if run.state == WAITING and run.due > self.now)
        yield from (job.pause_ends for job in self.jobs if job.pause_ends is not None)

    def look(self) -> None:
        """End pauses, turn the late away, open what is due, start what may start."""
        if self.now > self.rounds_at:
            self.rounds_at = self.now
            for job in self.jobs:
                if job.pause_ends is not None and job.pause_ends <= self.now:
                    self.resume(job)
            for run in self.runs:
                self._miss(run)
        for job in sorted((job for job in self.jobs if job.is_active), key=lambda job: next(job.moments())):
            self._open(job)
        self._dispatch()

    def _miss(self, run: Run) -> bool:
        late = run.state == WAITING and not run.attempts and run.expires is not None and run.expires < self.now
        if late:
            self._finish(run, "missed")
        return late

    def _open(self, job: Job) -> None:
        moments = job.take(self.now)
        reach = max(GRACE, job.rules.window if job.rules.misfire == "all" else 0)
        kept = [moment for moment in moments if moment >= self.now - reach][-job.rules.cap :]
        if job.rules.misfire == "latest":
            kept = kept or moments[-1:]
        job.gaps["missed"] += len(moments) - len(kept)
        for moment in kept:
            self.of_moment[job.name, moment] = self._add(job, moment, job.rules.priority)

    def _add(self, job: Job, moment: int, priority: int) -> Run:
        expires = None if job.rules.start_within is None else moment + job.rules.start_within
        self.runs.append(Run(job, moment, moment, priority, expires))
        return self.runs[-1]

    def _dispatch(self) -> None:
        due = [run for run in self.runs if run.state == WAITING and run.due <= self.now]
        overtaken = []
        for run in sorted(due, key=self._rank):
            is_new = run.attempts == 0
            if self._miss(run):
                continue
            if len(self.running(run.job)) >= run.job.rules.limit:
                if is_new and run.job.rules.overlap == "skip":
                    self._finish(run, "skipped")
                elif is_new and run.job.rules.overlap == "cancel_other":
                    overtaken.append(run.job)
            elif self.has_place(run.job.queue):
                self.starts += 1
                run.state, run.attempts, run.started, run.rules = (
                    RUNNING,
                    run.attempts + 1,
                    self.starts,
                    run.job.rules,
                )
        for job in overtaken:
            for run in self.running(job):
                run.is_asked = True

    def _rank(self, run: Run) -> tuple[int, int, bool]:
        return -run.priority, run.due, not self.was_preferred(run)

    def _finish(self, run: Run, state: str) -> None:
        run.state = state
        run.job.counts[state] += 1

    # What people and attempts do

    def end(self, run: Run, ending: str, may_retry: bool, rules: Rules) -> None:
        is_failure = ending in ("failed", "timeout", "lost")
        if is_failure and may_retry and run.attempts <= rules.retries:
            if run.is_asked:
                self._finish(run, "cancelled")
            else:
                wait = rules.delay * (2 ** (run.attempts - 1) if rules.doubles else 1)
                run.state, run.due = WAITING, self.now + wait
            return
        self._finish(run, "failed" if ending == "lost" else ending)
        run.job.streak = run.job.streak + 1 if is_failure else 0 if ending == "success" else run.job.streak
        if is_failure and rules.pause_after is not None and run.job.streak >= rules.pause_after:
            run.job.is_paused = True

    def stop(self, *, cleanly: bool) -> None:
        """The server goes down: a clean stop settles what ran; a crash leaves that to who comes next."""
        for run in sorted(self.running(), key=lambda run: run.started):
            ending = "cancelled" if run.is_asked else "lost"
            self.end(run, ending, True, run.rules if cleanly else run.job.rules)

    def trigger(self, job: Job, priority: int | None) -> Run:
        return self._add(job, self.now, job.rules.priority if priority is None else priority)

    def cancel(self, run: Run) -> None:
        if run.state == WAITING:
            self._finish(run, "cancelled")
        else:
            run.is_asked = True

    def pause(self, job: Job, ends: int | None) -> None:
        job.is_paused, job.pause_ends = True, ends

    def resume(self, job: Job) -> None:
        if job.is_paused:
            job.pass_over(self.now)
            job.is_paused, job.pause_ends = False, None

    def set_enabled(self, job: Job, enabled: bool) -> None:
        if enabled != job.is_enabled:
            job.pass_over(self.now)
            job.is_enabled = enabled
            if enabled:
                job.anchor = self.now
