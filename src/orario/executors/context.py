"""What a task is given to speak with: log lines, progress, metadata, and whether it should stop."""

import json
import sys
from asyncio import CancelledError
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar, overload
from uuid import UUID

from orario.core.errors import Cancelled, Misconfigured
from orario.core.execution import Level, Trigger
from orario.executors.cleaning import LARGEST_DETAILS, fit
from orario.executors.progress import ProgressCounter, Teller

Item = TypeVar("Item")


class Voice(Teller, Protocol):
    """Where the words of an attempt go, and whence the wish comes that it stop."""

    @property
    def stop_reason(self) -> str | None:
        """Why the attempt should stop; None: it may go on."""

    def notice(self, *, is_raised: bool = False) -> None:
        """The task has learnt that it should stop; `is_raised`: by a Cancelled."""

    @property
    def services(self) -> object:
        """Orario's services, or None where the work is done in a process of its own."""

    def hide(self, text: str) -> str:
        """The text without secrets."""

    def conceal(self, secrets: Sequence[str]) -> None:
        """Hide these too from now on."""

    def write(self, level: Level, message: str, details: Mapping[str, Any] | None) -> None:
        """Add a log line."""

    def note(self, metadata: Mapping[str, Any]) -> None:
        """Keep this with the attempt, in place of what was kept before."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an attempt knows about itself."""

    execution_id: UUID
    attempt: int
    app: str
    job: str
    trigger: Trigger
    scheduled_for: datetime
    timeout: timedelta | None
    traceparent: str | None = None


class Context:
    """Given to a task that has a parameter named `context`; the same for `async def`, `def` and processes.

    Once the attempt was told to stop, calls raise Cancelled, so that a loop which reports progress or writes
    log lines ends by itself. While that is being handled (`except`, `finally`) they work as before. In an
    `async def`, which is cancelled at its `await`, log calls never raise.
    """

    def __init__(self, facts: Facts, voice: Voice, *, is_cancelled_at_await: bool) -> None:
        self.execution_id = facts.execution_id
        self.attempt = facts.attempt
        self.app = facts.app
        self.job = facts.job
        self.trigger = facts.trigger
        self.scheduled_for = facts.scheduled_for
        self.timeout = facts.timeout
        self.traceparent = facts.traceparent  # of the span of this attempt, where traces are collected
        self.progress = ProgressCounter(voice, partial(_check, voice))  # of `self.check` it would be a circle
        self._voice = voice
        self._is_cancelled_at_await = is_cancelled_at_await
        self._metadata: dict[str, Any] = {}

    def trace(self, message: str, /, **details: Any) -> None:
        self.log(Level.TRACE, message, **details)

    def info(self, message: str, /, **details: Any) -> None:
        self.log(Level.INFO, message, **details)

    def warn(self, message: str, /, **details: Any) -> None:
        self.log(Level.WARN, message, **details)

    def error(self, message: str, /, **details: Any) -> None:
        self.log(Level.ERROR, message, **details)

    def fatal(self, message: str, /, **details: Any) -> None:
        self.log(Level.FATAL, message, **details)

    def log(self, level: Level | str, message: str, /, **details: Any) -> None:
        """Write a log line of this execution; `details` become JSON beside the message."""
        self._voice.write(Level(level.upper()), message, details or None)
        if not self._is_cancelled_at_await:
            self.check()

    def conceal(self, *secrets: str) -> None:
        """Hide these texts in all that the attempt says from now on, as its secret arguments are hidden.

        For what a task learns to be secret while it runs, such as a token that it was given.
        """
        self._voice.conceal(secrets)

    def note(self, **metadata: Any) -> None:
        """Keep these values with the attempt, beside those noted before. Raises ValueError past 64 KiB in all."""
        noted = {**self._metadata, **fit(metadata)}
        if len(json.dumps(noted)) > LARGEST_DETAILS:
            raise ValueError(f"the metadata of an attempt must not exceed {LARGEST_DETAILS} bytes")
        self._metadata = noted
        self._voice.note(noted)
        self.check()

    @property
    def services(self) -> Any:
        """All that may be asked of Orario, as `orario.web` gives it to routes (a Services); `services.database` is
        for the app's own tables. Raises Misconfigured in a process of its own, which has no connection."""
        # Not typed: the name would bring the whole server into the process of every process task.
        found: Any = self._voice.services
        if found is None:
            raise Misconfigured("context.services is for tasks that run in the server, not in a process of their own")
        return found

    @property
    def is_cancelled(self) -> bool:
        """Whether the attempt was told to stop: cancelled, timed out, or the server is going down."""
        return _is_cancelled(self._voice)

    def check(self) -> None:
        """Raise Cancelled if the attempt was told to stop."""
        _check(self._voice)

    @overload
    def track(self, items: AsyncIterable[Item], total: int | None = None) -> AsyncIterator[Item]: ...
    @overload
    def track(self, items: Iterable[Item], total: int | None = None) -> Iterator[Item]: ...
    def track(self, items: Any, total: int | None = None) -> Any:
        """Go through the items, counting each as processed when the next one is asked for.

        `total` is len(items) when it has one; several tracks add up.
        """
        if total is None and isinstance(items, Sized):
            total = len(items)
        if total:
            self.progress.foresee(int(total))
        return self._track_async(items) if isinstance(items, AsyncIterable) else self._track(items)

    def _track(self, items: Iterable[Item]) -> Iterator[Item]:
        self.check()
        for item in items:
            yield item
            self.progress.advance()

    async def _track_async(self, items: AsyncIterable[Item]) -> AsyncIterator[Item]:
        self.check()
        async for item in items:
            yield item
            self.progress.advance()


def _is_cancelled(voice: Voice) -> bool:
    if voice.stop_reason is None:
        return False
    voice.notice()
    return True


def _check(voice: Voice) -> None:
    # A clean-up under way must not be cut off by its own log lines.
    if _is_cancelled(voice) and not isinstance(sys.exception(), Cancelled | CancelledError):
        voice.notice(is_raised=True)
        raise Cancelled(voice.stop_reason)
