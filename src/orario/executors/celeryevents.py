"""Hears what the workers of Celery applications tell by events, and asks them to tell."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from celery import Celery

from orario.engine.agency import Kind, Word
from orario.executors.cleaning import clean

log = logging.getLogger("orario")

_RETREAT = 2.0  # seconds
_LISTEN = 0.2  # seconds without a word, until it is looked whom to ask
_MOST = 100_000
_LIMITS = ("TimeLimitExceeded", "SoftTimeLimitExceeded")
_LOSSES = ("WorkerLostError", "Terminated")


@dataclass
class Met:
    """A worker, and when it is to be asked; times by the monotonic clock."""

    process: object
    seen: float
    due: float
    pause: float


class Asking:
    """Asks workers to tell of tasks: they do so only with -E, or because of this; of their hearts they tell anyway.

    A worker tells of itself before it can be spoken to, and what is said to it too early is lost. So it is asked at
    once, again soon after, and then ever more seldom.
    """

    SOONEST, LATEST = 0.1, 30.0  # seconds

    def __init__(self, ask: Callable[[list[str]], object]) -> None:
        self._ask = ask
        self._met: dict[str, Met] = {}

    def met(self, name: str, process: object, now: float) -> None:
        """This worker lives."""
        one = self._met.get(name)
        if one is None or one.process != process:
            one = self._met[name] = Met(process, now, now, self.SOONEST)
        one.seen = now

    def turn(self, now: float) -> None:
        """Ask those whose time it is; who has been silent for long is forgotten."""
        self._met = {name: one for name, one in self._met.items() if now - one.seen <= self.LATEST}
        names = sorted(name for name, one in self._met.items() if one.due <= now)
        for one in map(self._met.__getitem__, names):
            one.due, one.pause = now + one.pause, min(2 * one.pause, self.LATEST)
        if names:
            self._ask(names)


class Ear:
    """A thread with one connection; whatever breaks, it begins anew. What it misses, others find out by asking."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._words: deque[Word] = deque(maxlen=_MOST)
        self._over = threading.Event()
        self._receiver: Any = None
        self._asking = self._new_asking()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to hear; nothing happens the second time."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="orario-celery-events", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Hear nothing any more."""
        self._over.set()
        if self._receiver is not None:
            self._receiver.should_stop = True
        if self._thread is not None:
            self._thread.join(5)

    def take(self) -> list[Word]:
        """What came in since the last time."""
        return [self._words.popleft() for _ in range(len(self._words))]

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                with self._app.connection_for_read() as connection:
                    self._asking = self._new_asking()
                    self._receiver = self._app.events.Receiver(connection, handlers={"*": self._hear})
                    self._receiver.connect_max_retries = 1
                    self._receiver.on_iteration = lambda: self._asking.turn(time.monotonic())
                    self._receiver.should_stop = self._over.is_set()
                    for _ in self._receiver.consume(wakeup=False, safety_interval=_LISTEN):
                        pass
            except Exception as error:  # each broker's library has errors of its own
                log.debug("Celery's events cannot be heard: %s", error)
                self._over.wait(_RETREAT)

    def _new_asking(self) -> Asking:
        return Asking(lambda names: self._app.control.enable_events(destination=names))

    def _hear(self, event: Mapping[str, Any]) -> None:
        if str(event.get("type")).startswith("worker-"):
            self._asking.met(str(event.get("hostname")), event.get("pid"), time.monotonic())
            return
        make = _KINDS.get(event.get("type", ""))
        try:
            token = UUID(str(event.get("uuid")))
        except ValueError:  # none of ours
            return
        if make is not None:
            self._words.append(make(token, event))


def _started(token: UUID, event: Mapping[str, Any]) -> Word:
    return Word(token, Kind.STARTED, event.get("hostname"), is_whole=False)


def _succeeded(token: UUID, event: Mapping[str, Any]) -> Word:
    seconds = float(event.get("runtime") or 0.0)
    return Word(
        token, Kind.SUCCEEDED, event.get("hostname"), clean(str(event.get("result"))), seconds=seconds, is_whole=False
    )


def _failed(token: UUID, event: Mapping[str, Any]) -> Word:
    error = clean(str(event.get("exception")))
    kind = kind_of(error.partition("(")[0])
    stack = event.get("traceback")
    return Word(token, kind, event.get("hostname"), error=error, stack=stack and clean(str(stack)), is_whole=False)


def _revoked(token: UUID, event: Mapping[str, Any]) -> Word:
    return Word(token, Kind.REVOKED, event.get("hostname"), is_whole=False)


def kind_of(error: str) -> Kind:
    """What an exception's name says of how a task has failed."""
    return Kind.TIMED_OUT if error in _LIMITS else Kind.LOST if error in _LOSSES else Kind.FAILED


_KINDS: Mapping[str, Callable[[UUID, Mapping[str, Any]], Word]] = {
    "task-started": _started,
    "task-succeeded": _succeeded,
    "task-failed": _failed,
    "task-revoked": _revoked,
}
