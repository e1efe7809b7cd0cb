"""Calls a task's function in a process of its own: the order to the child, its words, its end."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections import deque
from typing import Any

from orario.core.execution import Ending, Outcome
from orario.core.splitting import Stream
from orario.executors import judging
from orario.executors.channel import Listener
from orario.executors.contained import DRAIN_SECONDS, MARKER, Finished, run_contained
from orario.executors.judging import Unfit
from orario.executors.perform import Performance, facts_of
from orario.executors.wires import Lines

log = logging.getLogger("orario.output")

LAST_LINES = 60  # of stderr, kept for the case that the process dies


async def call_outside(performance: Performance) -> Outcome:
    """The outcome that the child tells, or the one that its death means. A cancel ends the whole tree first."""
    order = json.dumps(_order(performance)).encode()
    return await Outside(performance).run(order)


class Outside:
    """One child process and what is heard of it."""

    def __init__(self, performance: Performance) -> None:
        self.performance = performance
        self.outcome: Outcome | None = None
        self.last_words: deque[str] = deque(maxlen=LAST_LINES)
        self.loop = asyncio.get_running_loop()
        self.output = Stream(performance.masker)

    async def run(self, order: bytes) -> Outcome:
        grace = self.performance.means.settings.kill_grace_seconds
        read, write = os.pipe()
        lines = Lines(self.loop, read, Listener(self.performance, self.hear_outcome).hear)
        try:
            finished = await run_contained(
                [sys.executable, "-m", "orario.executors.child", str(write)],
                env={**os.environ, MARKER: self.performance.work.execution_id.hex, **self._trace()},
                stdin=order,
                on_output=self.overhear,
                pass_fds=(write,),
                grace=grace,
            )
        except asyncio.CancelledError:
            return self._verdict()
        finally:
            os.close(write)
            await asyncio.wait([lines.ended], timeout=DRAIN_SECONDS)
            lines.close()
            self.output.release()
        return self._verdict(finished)

    def _trace(self) -> dict[str, str]:
        """As OpenTelemetry hands contexts to processes."""
        parent = self.performance.traceparent
        return {} if parent is None else {"TRACEPARENT": parent}

    def hear_outcome(self, outcome: Outcome) -> None:
        """The work is done; threads and children left behind get the grace, and no say in how it ended."""
        stop = self.performance.stop
        self.outcome = outcome if stop is None else judging.stopped_outside(stop, outcome)
        self.performance.means.disarm(self.performance)
        if stop is None:
            grace = self.performance.means.settings.kill_grace_seconds
            self.loop.call_later(grace, self.performance.interrupt)

    def overhear(self, stream: str, line: str) -> None:
        if stream == "stderr":
            self.last_words.append(line)
        self.output.learn(self.performance.masker)  # the function may have said more of what is secret
        self.output.add(stream, line, self._print)

    def _print(self, line: str) -> None:
        log.info("%s: %s", self.performance.work.task.name, line)

    def _verdict(self, finished: Finished | None = None) -> Outcome:
        if self.outcome is not None:
            return self.outcome
        if self.performance.stop is not None:
            return judging.stopped(self.performance.stop)
        if finished is None:
            raise asyncio.CancelledError
        return Outcome(Ending.FAILED, None, sentence(finished), "\n".join(self.last_words) or None)


def sentence(finished: Finished) -> str:
    """How a process ended that did not tell its outcome."""
    if finished.signal is None:
        return f"The process ended with exit code {finished.exit_code} before the function returned"
    name = signal.Signals(finished.signal).name if finished.signal in set(signal.Signals) else "unknown"
    hint = "; perhaps the machine was out of memory" if finished.signal == signal.SIGKILL else ""
    return f"The process ended by signal {finished.signal} ({name}){hint}"


def _order(performance: Performance) -> dict[str, Any]:
    work = performance.work
    function, facts = work.task.function, facts_of(work, performance.traceparent)
    if "<" in function.__qualname__:
        raise Unfit(f"{function.__qualname__} cannot be found by name; a process task stands at the top of a module")
    is_script = function.__module__ == "__main__"
    return {
        "module": function.__module__,
        "qualname": function.__qualname__,
        "file": os.path.abspath(sys.modules["__main__"].__file__ or "") if is_script else None,
        "path": sys.path,
        "task": work.task.name,
        "args": performance.unsealed(),
        "max_result_bytes": performance.means.settings.max_result_bytes,
        "facts": {
            "execution_id": facts.execution_id.hex,
            "attempt": facts.attempt,
            "app": facts.app,
            "job": facts.job,
            "trigger": facts.trigger.value,
            "scheduled_for": facts.scheduled_for.isoformat(),
            "timeout": None if facts.timeout is None else facts.timeout.total_seconds(),
            "traceparent": facts.traceparent,
        },
    }
