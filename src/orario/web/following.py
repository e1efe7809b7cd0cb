"""Follows what an execution logs, as server-sent events, until its end."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from orario.core.execution import Execution, Level, LogLine
from orario.service.executions import Executions
from orario.store.wake import Wake
from orario.web.live import POLL_SECONDS, Bell

HEARTBEAT_SECONDS = 15.0  # proxies close what is silent for long
_LINES = 500


@dataclass
class Follower:
    """One stream. Between two looks it holds neither a thread nor a connection.

    `tell` and `end` make events of lines and of the execution that has ended; a browser that comes back says which
    event it had last, so the id of an event with lines is that of its last line.
    """

    executions: Executions
    wake: Wake
    execution_id: str
    tell: Callable[[Sequence[LogLine]], str]
    end: Callable[[Execution], str]
    after: int = 0
    level: Level | None = None
    search: str | None = None

    async def events(self) -> AsyncIterator[str]:
        """Every line after `after`, then the end."""
        yield "retry: 1000\n\n"
        said = time.monotonic()
        with Bell(self.wake) as bell:
            while True:
                # First the state, then the lines: what an ended execution logged is all there.
                execution, lines = await run_in_threadpool(self._look)
                if lines:
                    self.after = lines[-1].id
                    yield self.tell(lines)
                    said = time.monotonic()
                if len(lines) == _LINES:
                    continue
                if execution.state.is_final:
                    yield self.end(execution)
                    return
                if bell.is_over:  # a browser comes back by itself, and goes on where it was
                    return
                if time.monotonic() - said >= HEARTBEAT_SECONDS:
                    yield ": still here\n\n"
                    said = time.monotonic()
                await bell.wait(POLL_SECONDS)

    def _look(self) -> tuple[Execution, list[LogLine]]:
        execution = self.executions.get(self.execution_id)
        lines = self.executions.logs(self.execution_id, self.after, self.level, _LINES, self.search)
        return execution, lines


def event(name: str, data: str, id: int | None = None) -> str:
    """One server-sent event. `data` is JSON, which has no line ends of its own: one line holds it."""
    fields: Iterable[str] = (f"event: {name}", f"data: {data}", *([f"id: {id}"] if id else []))
    return "\n".join(fields) + "\n\n"


def resumed(last_event_id: str | None, after: int) -> int:
    """Where to go on: a browser that reconnects tells the last event that it had."""
    known = (last_event_id or "").strip()
    return int(known) if known.isascii() and known.isdigit() and int(known) < 2**63 else after
