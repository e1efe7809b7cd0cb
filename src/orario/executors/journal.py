"""The log lines of one attempt on their way to the Inbox: cleaned, masked, counted."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any
from uuid import UUID

from orario.core.clock import Clock
from orario.core.execution import Level, LogLine
from orario.core.masking import Masker
from orario.core.splitting import Stream
from orario.engine.inbox import Inbox
from orario.executors.cleaning import clean, cut, fit, shown, shrink

HELD = 2.0  # seconds for which a line waits that may end in the middle of a secret

# What tasks write, for those who want it in Orario's own log too; without a handler nothing is done.
tasks_log = logging.getLogger("orario.tasks")
_NUMBERS = {
    Level.TRACE: logging.DEBUG,
    Level.INFO: logging.INFO,
    Level.WARN: logging.WARNING,
    Level.ERROR: logging.ERROR,
    Level.FATAL: logging.CRITICAL,
}

Later = Callable[[Callable[[], None]], None]


class Journal:
    """Keeps up to `limit` lines; closing it says how many more there were. Safe from any thread.

    A secret may be split over lines, so one that ends in its beginning waits for the next; `later` looks after it.
    """

    def __init__(
        self,
        execution_id: UUID,
        attempt: int,
        inbox: Inbox,
        clock: Clock,
        masker: Masker,
        limit: int,
        later: Later,
        job: str = "",
    ) -> None:
        self._job = job
        self._execution_id, self._attempt = execution_id, attempt
        self._inbox, self._clock, self._masker, self._limit = inbox, clock, masker, limit
        self._later, self._stream = later, Stream(masker)
        self._lock = Lock()
        self._count = 0
        self._is_closed = False
        self._held_since: float | None = None

    def write(self, level: Level, message: str, details: Mapping[str, Any] | None) -> None:
        with self._lock:
            self._count += 1
            if self._count > self._limit or self._is_closed:
                return
        text = clean(message if isinstance(message, str) else shown(message))
        kept = None if details is None else self._safe(details)
        tell = partial(self._log, self._clock.now(), level, details=kept)
        if not self._masker.has_secrets:
            tell(self._masker.text(text))
        elif self._stream.add(level, text, tell):
            self._wait()

    def learn(self, masker: Masker) -> None:
        """There are more secrets now."""
        self._masker = masker
        self._stream.learn(masker)

    def close(self) -> None:
        """The attempt is over: what is still said is no longer part of it."""
        with self._lock:
            self._is_closed = True
            left_out = self._count - self._limit
        self._stream.release()
        if left_out > 0:
            sentence = f"{left_out} more lines were left out: of one attempt {self._limit} are kept"
            self._log(self._clock.now(), Level.WARN, sentence)

    def _wait(self) -> None:
        with self._lock:
            if self._held_since is not None:
                return
            self._held_since = time.monotonic()
        self._later(self._look)

    def _look(self) -> None:
        with self._lock:
            if self._is_closed or self._held_since is None:
                return
            is_over = time.monotonic() - self._held_since >= HELD
            if is_over:
                self._held_since = None
        if is_over:
            self._stream.release()
        else:
            self._later(self._look)

    def _safe(self, details: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return shrink(self._masker.tree(fit(details)))
        except Exception as error:  # a value that changes or fails while it is read
            return {"left_out": f"details that cannot be read: {type(error).__name__}"}

    def _log(self, at: datetime, level: Level, message: str, details: Mapping[str, Any] | None = None) -> None:
        line = LogLine(self._execution_id, self._attempt, at, level, cut(message), details)
        self._inbox.log(line)
        if tasks_log.handlers:
            _tell(line, self._job)


def _tell(line: LogLine, job: str) -> None:
    facts = {"execution_id": line.execution_id, "attempt": line.attempt, "job": job, "details": line.details}
    tasks_log.log(_NUMBERS[line.level], "%s", line.message, extra=facts)
