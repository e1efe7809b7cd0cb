"""What the engine asks of a broker."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orario.store.handovers import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the broker took; `trouble` says why it did not take the rest."""

    sent: Sequence[Message]
    trouble: str | None = None


class Post(Protocol):
    """Takes messages to workers. Its methods block, for a few seconds at most, and raise nothing."""

    def send(self, messages: Sequence[Message]) -> Delivery:
        """Send these, in this order."""

    def depths(self, queues: Collection[str]) -> Mapping[str, int] | None:
        """How many messages lie in each of these queues; None: the broker does not say."""
