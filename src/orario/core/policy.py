"""What a job asks for beyond its schedule: limits, lateness, overlap, retries."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from orario.core.durations import Duration, duration
from orario.core.errors import invalid

LONGEST_WAIT = timedelta(days=7)


class Overlap(StrEnum):
    """What happens to a due execution while the job is at its limit."""

    SKIP = "skip"  # recorded as skipped, with the reason
    QUEUE = "queue"  # waits until there is room
    CANCEL_OTHER = "cancel_other"  # the running one is told to stop, the new one waits for that


class Misfire(StrEnum):
    """What happens to moments that nobody could attend to in time."""

    LATEST = "latest"  # the last one runs late, for all of them
    ALL = "all"  # each runs late, within the window and up to the cap
    NONE = "none"  # none runs


class Backoff(StrEnum):
    """How the wait between attempts grows."""

    FIXED = "fixed"
    EXPONENTIAL = "exponential"  # doubles with every attempt


@dataclass(frozen=True, init=False)
class Retry:
    """How often, and after how long, a failed attempt is tried again.

    `count` attempts follow the first at most. `jitter` is the share of the wait, from 0 to 1, that chance may add.
    """

    count: int
    delay: timedelta
    backoff: Backoff
    max_delay: timedelta
    jitter: float

    def __init__(
        self,
        count: int = 0,
        *,
        delay: Duration = 60,
        backoff: Backoff | str = Backoff.FIXED,
        max_delay: Duration = LONGEST_WAIT,
        jitter: float = 0.0,
    ) -> None:
        if not 0 <= count <= 1000:
            raise invalid("count", message="retries are between 0 and 1000")
        if not 0 <= jitter <= 1:
            raise invalid("jitter", message="jitter is a share of the delay, between 0 and 1")
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "delay", duration(delay))
        object.__setattr__(self, "backoff", Backoff(backoff))
        object.__setattr__(self, "max_delay", duration(max_delay))
        object.__setattr__(self, "jitter", jitter)

    def wait(self, attempt: int, luck: float) -> timedelta:
        """How long to wait after attempt number `attempt` (from 1); `luck` is a chance in [0, 1)."""
        wait = self.delay
        if self.backoff is Backoff.EXPONENTIAL:
            wait = min(self.delay * 2 ** min(attempt - 1, 40), self.max_delay)
        return min(wait * (1 + self.jitter * luck), self.max_delay)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Everything a job's owner may decide about how its due moments are treated."""

    max_instances: int = 1
    overlap: Overlap = Overlap.SKIP
    misfire: Misfire = Misfire.LATEST
    misfire_grace: timedelta = timedelta(seconds=1)  # up to here a moment counts as on time
    misfire_window: timedelta = timedelta(days=1)  # how far back `all` reaches
    misfire_cap: int = 100  # how many late moments `all` opens at once
    timeout: timedelta | None = timedelta(hours=1)  # of each attempt; None: unlimited
    retry: Retry = field(default_factory=Retry)
    priority: int = 0  # higher goes first
    pause_after_failures: int | None = None
    start_within: timedelta | None = None  # a pending execution older than this is missed
    keep_for: timedelta | None = None  # its ended executions, after they were opened; None: as the setting says
    keep_count: int | None = None  # of its ended executions, the newest; None: as the setting says

    @property
    def keeps_apart(self) -> bool:
        """Whether it says itself what is kept of its history."""
        return self.keep_for is not None or self.keep_count is not None
