"""What the engine asks of others' Celery applications: to do an errand, and how it went."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from orario.core.execution import Outcome


@dataclass(frozen=True, slots=True)
class Errand:
    """One attempt: a task by its name there, under an id that we chose. `args` still hold their secrets sealed."""

    token: UUID
    path: str
    queue: str
    args: Mapping[str, Any]
    expires_at: datetime | None
    timeout: timedelta | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the broker surely did not take, and why; `unfit` never can be sent, and why."""

    unsent: Sequence[UUID]
    unfit: Mapping[UUID, str]
    trouble: str | None = None


class Kind(Enum):
    """What may be heard of an errand."""

    STARTED = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    TIMED_OUT = auto()  # by Celery's own limit
    LOST = auto()
    REVOKED = auto()


class Force(Enum):
    """How an errand is ended."""

    NONE = auto()  # it is not started any more
    END = auto()  # its process is asked to end
    KILL = auto()


class Word(NamedTuple):
    """Something heard of an errand."""

    token: UUID
    kind: Kind
    worker: str | None = None
    result: Any = None
    error: str | None = None
    stack: str | None = None
    seconds: float = 0.0  # that it took, where that was said
    is_whole: bool = True  # events bring results as a piece of text


class Holders(NamedTuple):
    """Who answered a call: how many workers, and which errands they have in hand, started or not."""

    workers: int
    errands: Mapping[UUID, bool]


class Agency(Protocol):
    """Its methods may block for some seconds, and raise nothing."""

    has_results: bool  # whether there is a place to ask for results

    def listen(self) -> None:
        """From now on, hear what workers tell; nothing happens the second time."""

    def close(self) -> None:
        """Hear nothing any more."""

    def heard(self) -> list[Word]:
        """What came in since the last time."""

    def entrust(self, errands: Sequence[Errand]) -> Receipt:
        """Send one message for each, in this order."""

    def ask(self, tokens: Sequence[UUID]) -> list[Word]:
        """What is kept of those that have ended, or are known to run."""

    def holders(self, tokens: Sequence[UUID]) -> Holders | None:
        """Which of these some worker has in hand; None: the broker is away."""

    def depths(self, queues: Collection[str]) -> Mapping[str, int] | None:
        """How many messages lie in each of these queues; None: the broker does not say."""

    def revoke(self, tokens: Collection[UUID], force: Force) -> None:
        """Tell all workers that these are not wanted; what they do about those that run is up to the force."""

    def judge(self, word: Word, args: Mapping[str, Any]) -> Outcome:
        """How an errand has ended, without the secrets that are in its arguments."""
