"""Counts time-outs down, and presses whoever was told to stop until it has ended or the grace is over."""

import time

from orario.core.task import Mode
from orario.executors.deadlines import Deadlines
from orario.executors.judging import Stop
from orario.executors.loopthread import LoopThread
from orario.executors.perform import Performance

PRESS_EVERY = 0.5
LAST_PRESSES = 2.0  # after the grace; the grace itself belongs to the task's clean-up

_WHY = {
    Mode.LOOP: "it catches its cancellation and still runs",
    Mode.THREAD: "its thread still runs, for a thread can only be asked; it ends when the function next calls "
    "its context, or returns",
}


class Stopper:
    """Works on one loop; calls are made on that loop's thread unless they say otherwise."""

    def __init__(self, home: LoopThread, grace: float) -> None:
        self._home = home
        self._grace = grace
        self._deadlines: Deadlines[Performance] = Deadlines(self._expire)

    def arm(self, performance: Performance) -> None:
        """Start its time-out."""
        if performance.work.timeout is not None:
            self._deadlines.set(performance, performance.work.timeout.total_seconds())

    def disarm(self, performance: Performance) -> None:
        """It has ended, or may end as it likes. From any thread."""
        if performance.work.timeout is not None:
            self._deadlines.clear(performance, performance.work.timeout.total_seconds())

    def press(self, performance: Performance) -> None:
        """Interrupt it now, again when the grace is over, and then report that it goes on all the same."""
        if not performance.is_raised:  # or its clean-up, which is on the way, would be cut off
            performance.interrupt()
        # A process is ended with all it started by whoever runs it, within the same grace.
        if performance.work.task.mode is not Mode.PROCESS:
            self._home.loop.call_later(self._grace, self._press_again, performance, self._last_press(performance))

    def _last_press(self, performance: Performance) -> float:
        # There is nothing to press in a thread.
        patience = LAST_PRESSES if performance.work.task.mode is Mode.LOOP else 0.0
        return self._home.loop.time() + self._grace + patience

    def _press_again(self, performance: Performance, last: float) -> None:
        if performance.has_ended:
            return
        left = last - self._home.loop.time()
        if left <= 0:
            performance.give_up(_WHY[performance.work.task.mode])
            return
        performance.interrupt()
        self._home.loop.call_later(min(PRESS_EVERY, left), self._press_again, performance, last)

    def _expire(self, performance: Performance) -> None:
        timeout = performance.work.timeout
        if performance.has_ended or timeout is None:
            return
        started = performance.started
        left = timeout.total_seconds() - (0.0 if started is None else time.monotonic() - started)
        if left > 0.001:  # it has waited for a thread
            self._deadlines.set(performance, left)
            return
        performance.ask(Stop.late(timeout))
        self.press(performance)
