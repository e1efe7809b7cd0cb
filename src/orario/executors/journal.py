"""The log lines of one attempt on their way to the Inbox: cleaned, masked, counted."""

from collections.abc import Mapping
from threading import Lock
from typing import Any
from uuid import UUID

from orario.core.clock import Clock
from orario.core.execution import Level, LogLine
from orario.core.secrecy import Masker
from orario.engine.inbox import Inbox
from orario.executors.cleaning import clean, cut, fit, shown, shrink


class Journal:
    """Keeps up to `limit` lines; closing it says how many more there were. Safe from any thread."""

    def __init__(
        self, execution_id: UUID, attempt: int, inbox: Inbox, clock: Clock, masker: Masker, limit: int
    ) -> None:
        self._execution_id, self._attempt = execution_id, attempt
        self._inbox, self._clock, self._masker, self._limit = inbox, clock, masker, limit
        self._lock = Lock()
        self._count = 0
        self._is_closed = False

    def write(self, level: Level, message: str, details: Mapping[str, Any] | None) -> None:
        with self._lock:
            self._count += 1
            if self._count > self._limit or self._is_closed:
                return
        text = cut(self._masker.text(clean(message if isinstance(message, str) else shown(message))))
        self._log(level, text, None if details is None else self._safe(details))

    def close(self) -> None:
        """The attempt is over: what is still said is no longer part of it."""
        with self._lock:
            self._is_closed = True
            left_out = self._count - self._limit
        if left_out > 0:
            self._log(Level.WARN, f"{left_out} more lines were left out: of one attempt {self._limit} are kept", None)

    def _safe(self, details: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return shrink(self._masker.tree(fit(details)))
        except Exception as error:  # a value that changes or fails while it is read
            return {"left_out": f"details that cannot be read: {type(error).__name__}"}

    def _log(self, level: Level, message: str, details: Mapping[str, Any] | None) -> None:
        self._inbox.log(LogLine(self._execution_id, self._attempt, self._clock.now(), level, message, details))
