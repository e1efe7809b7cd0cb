"""Decides which waiting executions may start: limits of jobs, queues and executors, and what overlap means."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from orario.core.policy import Overlap, Policy
from orario.core.task import Mode

AT_LIMIT = "the job was at its limit of running executions"
TOO_LATE = "it could not start within the time its job allows"


class Verdict(Enum):
    """What becomes of a waiting execution now."""

    START = auto()
    WAIT = auto()
    SKIP = auto()
    MISS = auto()
    CANCEL_OTHER = auto()  # waits, while the running ones are told to stop


class Request(NamedTuple):
    """An execution that asks to start; a tuple, for every firing makes one."""

    job: str  # its key
    policy: Policy
    queue: str
    mode: Mode
    expires_at: datetime | None = None
    attempt: int = 0  # attempts behind it
    is_patient: bool = False  # waits for its turn at its job's limit, whatever the policy


@dataclass
class Admission:
    """One round of decisions; every start takes its place from those that follow."""

    by_job: Counter[str]
    by_queue: Counter[str]
    widths: Mapping[str, int]
    default_width: int
    room: dict[Mode, int]
    others: Collection[str] = ()  # queues that somebody else carries: of no width here, and nobody waits for one
    full_jobs: set[str] = field(default_factory=set)

    def judge(self, request: Request, now: datetime) -> Verdict:
        """The verdict on `request`; a START is counted."""
        policy = request.policy
        if request.attempt == 0 and request.expires_at is not None and request.expires_at < now:
            return Verdict.MISS
        if self.by_job.get(request.job, 0) >= policy.max_instances:
            return self._at_limit(request)
        if not self.has_place(request.queue) or self.room.get(request.mode, 0) <= 0:
            return Verdict.WAIT
        self._take(request)
        return Verdict.START

    def has_place(self, queue: str) -> bool:
        """Whether one more execution of this queue may run."""
        return self.by_queue.get(queue, 0) < self.widths.get(queue, self.default_width)

    @property
    def is_blocked(self) -> bool:
        """Whether executions may be waiting behind something full, where nobody has judged them."""
        queues = {*self.by_queue, *self.widths}.difference(self.others)
        return bool(self.full_jobs) or min(self.room.values()) <= 0 or not all(map(self.has_place, queues))

    def _at_limit(self, request: Request) -> Verdict:
        # A retry is not a new moment, and a backfill asked for many at once: they wait for their turn.
        overlap = Overlap.QUEUE if request.attempt or request.is_patient else request.policy.overlap
        if overlap is Overlap.SKIP:
            return Verdict.SKIP
        self.full_jobs.add(request.job)
        return Verdict.CANCEL_OTHER if overlap is Overlap.CANCEL_OTHER else Verdict.WAIT

    def _take(self, request: Request) -> None:
        # By `get`, here and above: what a Counter has not, it makes by a call of its own.
        self.by_job[request.job] = self.by_job.get(request.job, 0) + 1
        self.by_queue[request.queue] = self.by_queue.get(request.queue, 0) + 1
        self.room[request.mode] -= 1
