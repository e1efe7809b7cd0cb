"""One attempt as named steps: begin, unseal, bind, open its context, judge, report."""

import sys
import time
import traceback
from asyncio import Task as AsyncioTask
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from threading import get_ident
from typing import Any
from weakref import WeakSet

from orario.core.errors import Cancelled, Invalid, Misconfigured
from orario.core.execution import Ending, Level, Outcome, Progress
from orario.core.masking import Masker
from orario.core.secrecy import secret_parts
from orario.core.task import CONTEXT, Mode
from orario.engine.executor import Report, Work
from orario.engine.tracing import AttemptSpan
from orario.executors import judging
from orario.executors.context import Context, Facts
from orario.executors.hiding import RECENT
from orario.executors.journal import Journal
from orario.executors.judging import Stop, Unfit
from orario.executors.means import Means
from orario.service.services import Services
from orario.store.vault import Unlocked

_NONE = Progress()


class Performance:
    """A piece of work under way here. It is the Voice of its context, and reports once."""

    # No __slots__: most attempts never stop, write or count, and what they do not need is not made.
    span: AttemptSpan | None = None  # only where traces are collected
    started: float | None = None  # monotonic
    stop: Stop | None = None
    stop_since = 0.0
    is_noticed = False  # the function knows that it should stop
    is_raised = False  # by a Cancelled raised in its own thread
    is_over = False  # reported, or no longer ours
    has_ended = False  # the function really runs no more
    thread: int | None = None
    task: AsyncioTask[None] | None = None

    def __init__(self, work: Work, means: "Means[Performance]") -> None:
        self.work = work
        self.means = means

    def begin(self) -> None:
        """The clock starts now. Raises Cancelled when the attempt was told to stop before it could start."""
        self.started = time.monotonic()
        self.thread = get_ident()
        if (traces := self.means.inbox.traces) is not None:
            self.span = traces.begin(self.work)
        if self.stop is not None:
            self.is_noticed = True
            raise Cancelled(self.stop.reason)

    def arguments(self) -> dict[str, Any]:
        """What to call the function with. Raises Unfit."""
        task = self.work.task
        given = {} if not self.work.args and self.means.can_call_bare(task) else self._bound(self.unsealed())
        if task.takes_context:
            given[CONTEXT] = self.context
        return given

    def unsealed(self) -> Any:
        """The arguments in plain. Raises Unfit."""
        try:
            args = self._unlocked.args
        except Misconfigured as error:
            raise Unfit(error.message) from None
        self.means.vault.used(self.work.args)
        return args

    @cached_property
    def _unlocked(self) -> Unlocked:
        # Once for each attempt: what is hidden are the very values that the function is called with.
        return self.means.vault.unlock(self.work.args)

    def _bound(self, args: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.work.task.bind(args)
        except Invalid as error:
            raise Unfit(f"The arguments do not fit the task: {error.message}") from None

    def returned(self, value: Any) -> Outcome:
        """The function has come to its end."""
        if self.stop is None or (self.stop.ending is Ending.LOST and not self.is_noticed):
            return judging.returned(value, self.means.settings.max_result_bytes)
        return judging.stopped(self.stop)

    def raised(self, error: BaseException) -> Outcome:
        """The function has raised."""
        if self.stop is None or (self.stop.ending is Ending.LOST and not self.is_noticed):
            return judging.raised(error)
        return judging.stopped(self.stop, error)

    def end(self, outcome: Outcome) -> None:
        """The function runs no more: give its slot back, then report."""
        self.has_ended = True
        self.means.disarm(self)
        if self.stop is not None:
            self.end_strays()
        self.task = None  # it knows us by its contextvars: a circle for every attempt
        self.means.slots.release(self.work.task.mode)
        self.report(outcome)

    def report(self, outcome: Outcome) -> None:
        """Tell the engine; only the first word counts."""
        if self.means.underway.pop(self.work.token, None) is None:
            return
        self.is_over = True
        pieces = self.__dict__
        if "_journal" in pieces:
            self._journal.close()
        shown = self._masked(outcome)
        if self.span is not None:
            self.span.end(shown)
        self.means.inbox.report(
            Report(
                self.work,
                shown,
                self.means.clock.now(),
                self.context.progress.now() if "context" in pieces else pieces.get("_told", _NONE),
                self.masker.tree(pieces["_metadata"]) if "_metadata" in pieces else None,
            )
        )
        pieces.pop("context", None)  # it speaks through us: another circle for every attempt
        if not self.means.underway:
            self.means.on_idle()

    def _masked(self, outcome: Outcome) -> Outcome:
        if outcome is judging.DONE:  # the commonest by far
            return outcome
        try:
            return judging.masked(outcome, self.masker)
        except Exception as error:  # whatever was returned, there must be a report
            return Outcome(Ending.FAILED, error_message=f"The outcome cannot be shown: {type(error).__name__}")

    # Stopping

    def ask(self, stop: Stop) -> None:
        """Tell the attempt to stop; the first reason stands. From any thread."""
        if self.stop is None:
            self.stop_since = time.monotonic()
            self.stop = stop

    def interrupt(self) -> None:
        """Raise CancelledError at the `await` where a coroutine stands; nobody can do so to a thread."""
        # A task cancelled before its first step would never run, and never report.
        if self.task is not None and self.started is not None and not self.has_ended:
            self.is_noticed = True
            self.task.cancel()

    def give_up(self, why: str) -> None:
        """Report although the function still runs; its slot stays taken."""
        if self.stop is not None and not self.is_over:
            grace = self.means.settings.kill_grace_seconds
            sentence = f"{self.stop.reason}; it did not stop within {grace:g} s of being asked: {why}"
            self.report(Outcome(self.stop.ending, error_message=sentence, error_stack=self._whereabouts()))
            self.end_strays()

    def _whereabouts(self) -> str | None:
        frame = sys._current_frames().get(self.thread or 0)
        if frame is None or self.work.task.mode is not Mode.THREAD:
            return None
        return "".join(["Where it was:\n", *traceback.format_stack(frame)[-8:]])

    @cached_property
    def strays(self) -> WeakSet[AsyncioTask[Any]]:
        """Asyncio tasks that the function has started."""
        return WeakSet()

    def owns(self, task: AsyncioTask[Any]) -> bool:
        """Whether this is its asyncio task, or one that it has started."""
        return task is self.task or task in self.__dict__.get("strays", ())

    def end_strays(self) -> None:
        """Cancel what the function has started and left behind. From any thread."""
        if "strays" in self.__dict__:
            self.means.on_loop(self._end_strays)

    def _end_strays(self) -> None:
        for stray in list(self.strays):
            stray.cancel()

    # The Voice of its context

    @property
    def stop_reason(self) -> str | None:
        return None if self.stop is None else self.stop.reason

    def notice(self, *, is_raised: bool = False) -> None:
        self.is_noticed = True
        if is_raised and get_ident() == self.thread:
            self.is_raised = True

    @property
    def services(self) -> Services | None:
        return self.means.services

    def hide(self, text: str) -> str:
        return self.masker.text(text)

    def conceal(self, secrets: Sequence[str]) -> None:
        more = [part for secret in filter(None, secrets) for part in secret_parts(secret, is_secret=True)]
        self.masker = RECENT.masker(list(dict.fromkeys([*self.masker.secrets, *more])))
        if "_journal" in self.__dict__:
            self._journal.learn(self.masker)

    def write(self, level: Level, message: str, details: Mapping[str, Any] | None) -> None:
        if not self.is_over:
            self._journal.write(level, message, details)

    def tell(self, progress: Progress) -> None:
        if not self.is_over:
            self._told = progress
            self.means.inbox.progress(self.work.execution_id, self.work.token, progress)

    def later(self, call: Callable[[], None]) -> None:
        self.means.late.append(call)

    def note(self, metadata: Mapping[str, Any]) -> None:
        self._metadata = metadata

    @property
    def traceparent(self) -> str | None:
        """What tells others under which span they work."""
        return None if self.span is None else self.span.traceparent

    @cached_property
    def context(self) -> Context:
        facts = facts_of(self.work, self.traceparent)
        return Context(facts, self, is_cancelled_at_await=self.work.task.mode is Mode.LOOP)

    @cached_property
    def masker(self) -> Masker:
        try:
            return RECENT.masker(self._unlocked.secrets) if self.work.args else Masker()
        except Misconfigured:  # what cannot be opened cannot be told either
            return Masker()

    @cached_property
    def _journal(self) -> Journal:
        work, means = self.work, self.means
        limit = means.settings.max_log_lines
        return Journal(
            work.execution_id, work.attempt, means.inbox, means.clock, self.masker, limit, self.later, work.job.slug
        )


def facts_of(work: Work, traceparent: str | None = None) -> Facts:
    """What the context of this work may know."""
    return Facts(
        execution_id=work.execution_id,
        attempt=work.attempt,
        app=work.task.app,
        job=work.job.slug,
        trigger=work.trigger,
        scheduled_for=work.scheduled_for,
        timeout=work.timeout,
        traceparent=traceparent,
    )
