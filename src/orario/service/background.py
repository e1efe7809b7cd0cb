"""Figures that take long to make: made in a thread of their own, shown as they were until they are new."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

Value = TypeVar("Value")

PATIENCE = 0.1  # seconds that somebody waits for a figure which has never been made


@dataclass
class Background(Generic[Value]):
    """`make` is called again when its last answer is older than `lasts` seconds and somebody asks."""

    make: Callable[[], Value]
    lasts: float
    name: str
    _value: Value | None = None
    _until: float = 0.0
    _busy: Future[None] | None = None
    _lock: Lock = field(default_factory=Lock)

    def look(self) -> Value | None:
        """The last answer; None while there has been none."""
        with self._lock:
            if monotonic() >= self._until and (self._busy is None or self._busy.done()):
                self._busy = Future()
                Thread(target=self._work, args=(self._busy,), name=self.name, daemon=True).start()
            busy = self._busy
        if self._value is None and busy is not None:
            try:
                busy.result(PATIENCE)
            except NotYet:
                return None
        return self._value

    def expire(self) -> None:
        """Something has changed: whoever asks next has it made anew."""
        self._until = 0.0

    def _work(self, busy: Future[None]) -> None:
        try:
            value = self.make()
            self._value, self._until = value, monotonic() + self.lasts
        except Exception:  # the database may be away for a moment; the next one who asks tries again
            self._until = monotonic() + 1.0
        finally:
            busy.set_result(None)
