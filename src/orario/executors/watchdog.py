"""Sees when a coroutine blocks the loop that all `async def` attempts share."""

import asyncio
import logging
import sys
import time
import traceback

from orario.core.execution import Level
from orario.core.task import Mode
from orario.executors.judging import Stop
from orario.executors.loopthread import LoopThread
from orario.executors.means import Means
from orario.executors.perform import Performance

log = logging.getLogger("orario.executors")

EVERY = 0.25
BLOCKED_AFTER = 1.0
ADVICE = "use `def`, which runs in a thread, or await something"


class Watchdog:
    """Asks the work loop for a sign of life now and then, from a loop that user code cannot block."""

    def __init__(self, work: LoopThread, care: LoopThread, means: Means[Performance]) -> None:
        self._work, self._care, self._means = work, care, means
        self._asked: float | None = None  # since when an answer is due
        self._has_warned = False
        self._looked = time.monotonic()

    def turn(self) -> None:
        """Look once, and again in a while. On the care loop."""
        for _ in range(len(self._means.late)):
            self._means.late.popleft()()
        now, before = time.monotonic(), self._looked
        self._looked = now
        if now - before > BLOCKED_AFTER:  # the whole process stood still
            self._asked = None
        if self._asked is None:
            self._ask(now)
        elif now - self._asked > BLOCKED_AFTER:
            self._blocked(now - self._asked)
        self._care.loop.call_later(EVERY, self.turn)

    def _ask(self, now: float) -> None:
        if self._means.slots.taken(Mode.LOOP):
            self._asked = now
            self._work.call(self._answer)

    def _answer(self) -> None:
        self._asked = None
        self._has_warned = False

    def _blocked(self, seconds: float) -> None:
        culprit = self._culprit()
        if not self._has_warned:
            self._has_warned = True
            self._warn(culprit, seconds)
        self._enforce(f"the task {culprit.work.task.name} blocks the loop" if culprit else "its loop is blocked")

    def _culprit(self) -> Performance | None:
        running = asyncio.current_task(self._work.loop)
        for performance in list(self._means.underway.values()):
            if running is not None and performance.owns(running):
                return performance
        return None

    def _warn(self, culprit: Performance | None, seconds: float) -> None:
        place = self._place(culprit)
        if culprit is None:
            log.warning("the loop of all `async def` tasks has not answered for %.1f s%s", seconds, place)
            return
        name = culprit.work.task.name
        sentence = f"{name} has blocked the loop of all `async def` tasks for {seconds:.1f} s{place}; {ADVICE}"
        log.warning(sentence)
        culprit.write(Level.WARN, sentence, None)

    def _place(self, culprit: Performance | None) -> str:
        """The innermost line of the task's own file, or else of all."""
        frame = sys._current_frames().get(self._work.thread.ident or 0)
        if frame is None:
            return ""
        stack = traceback.extract_stack(frame)
        code = getattr(culprit.work.task.function, "__code__", None) if culprit else None
        own = [one for one in stack if code is not None and one.filename == code.co_filename]
        place = (own or stack)[-1]
        return f" at {place.filename}:{place.lineno}"

    def _enforce(self, why: str) -> None:
        """A loop that is stuck cannot keep its time-outs; at least they are reported."""
        now = time.monotonic()
        grace = self._means.settings.kill_grace_seconds
        for performance in list(self._means.underway.values()):
            if performance.work.task.mode is not Mode.LOOP:
                continue
            timeout, started = performance.work.timeout, performance.started
            if timeout is not None and started is not None and now - started > timeout.total_seconds():
                performance.ask(Stop.late(timeout))
            if performance.stop is not None and now - performance.stop_since > grace:
                performance.give_up(why)
