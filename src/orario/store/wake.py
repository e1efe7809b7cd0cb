"""Tells sleeping loops and open streams that there is news."""

from collections.abc import Callable
from enum import StrEnum
from threading import Lock


class Topic(StrEnum):
    """What the news is about."""

    SCHEDULE = "schedule"  # a job's next moment may have changed
    PENDING = "pending"  # an execution waits
    CANCEL = "cancel"  # a running execution was asked to stop
    CHANGED = "changed"  # executions or logs have changed; streams look again


class Wake:
    """Rings only after a commit. It speeds things up; nothing depends on it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: dict[int, Callable[[Topic], None]] = {}
        self._next = 0
        self.is_over = False  # this process is about to stop: whoever waits for news leaves

    def subscribe(self, listener: Callable[[Topic], None]) -> Callable[[], None]:
        """Call `listener` on every ring, from the ringing thread; the answer unsubscribes."""
        with self._lock:
            self._next += 1
            key = self._next
            self._listeners[key] = listener
        return lambda: self._unsubscribe(key)

    def _unsubscribe(self, key: int) -> None:
        with self._lock:
            self._listeners.pop(key, None)

    def end(self) -> None:
        """The last news: there will be none."""
        self.is_over = True
        self.ring(Topic.CHANGED)

    def ring(self, *topics: Topic) -> None:
        with self._lock:
            listeners = list(self._listeners.values())
        for topic in topics:
            for listener in listeners:
                listener(topic)
