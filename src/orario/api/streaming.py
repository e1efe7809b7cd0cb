"""Server-sent events: what an execution logs, until its end."""

import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from orario.api.schemas.executions import ExecutionOut, LogLineOut
from orario.core.execution import Execution, Level, LogLine
from orario.service.executions import Executions
from orario.store.wake import Wake
from orario.web.live import POLL_SECONDS, Bell

HEARTBEAT_SECONDS = 15.0  # proxies close what is silent for long
_LINES = 500


@dataclass
class Follower:
    """One stream. Between two looks it holds neither a thread nor a connection."""

    executions: Executions
    wake: Wake
    execution_id: str
    level: Level | None
    after: int

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
                    yield "".join(_log(line) for line in lines)
                    said = time.monotonic()
                if len(lines) == _LINES:
                    continue
                if execution.state.is_final:
                    yield _end(execution)
                    return
                if time.monotonic() - said >= HEARTBEAT_SECONDS:
                    yield ": still here\n\n"
                    said = time.monotonic()
                await bell.wait(POLL_SECONDS)

    def _look(self) -> tuple[Execution, list[LogLine]]:
        execution = self.executions.get(self.execution_id)
        return execution, self.executions.logs(self.execution_id, after=self.after, level=self.level, limit=_LINES)


def _log(line: LogLine) -> str:
    return _event("log", LogLineOut.of(line).model_dump_json(), str(line.id))


def _end(execution: Execution) -> str:
    return _event("end", ExecutionOut.of(execution).model_dump_json())


def _event(name: str, data: str, id: str | None = None) -> str:
    # JSON has no line ends of its own, so one data line holds it.
    fields: Iterable[str] = (f"event: {name}", f"data: {data}", *([f"id: {id}"] if id else []))
    return "\n".join(fields) + "\n\n"
