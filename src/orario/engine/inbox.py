"""Where executors leave reports, log lines and progress for the settler; safe from any thread."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from orario.core.execution import LogLine, Progress
from orario.engine.executor import Report
from orario.engine.tracing import Traces

_Item = TypeVar("_Item")
MANY = 100


@dataclass(frozen=True, slots=True)
class News:
    """What has come in since the last look."""

    reports: list[Report]
    lines: list[LogLine]
    progress: dict[tuple[UUID, UUID], Progress]  # by (execution id, token); the last word wins

    def __bool__(self) -> bool:
        return bool(self.reports or self.lines or self.progress)


@dataclass
class Inbox:
    """Appending is atomic in CPython, so writers take no lock; `on_report` wakes the reader."""

    on_report: Callable[[], None] = lambda: None
    traces: Traces | None = None  # hears of attempts when they begin
    _reports: deque[Report] = field(default_factory=deque)
    _lines: deque[LogLine] = field(default_factory=deque)
    _progress: deque[tuple[UUID, UUID, Progress]] = field(default_factory=deque)

    def report(self, report: Report) -> None:
        self._reports.append(report)
        self.on_report()

    @property
    def is_empty(self) -> bool:
        return not (self._reports or self._lines or self._progress)

    @property
    def is_short(self) -> bool:
        """Whether only a few reports wait."""
        return len(self._reports) < MANY

    def log(self, line: LogLine) -> None:
        self._lines.append(line)

    def progress(self, execution_id: UUID, token: UUID, progress: Progress) -> None:
        self._progress.append((execution_id, token, progress))

    def take(self) -> News:
        """Everything so far. Reports are taken first: the lines of a taken report are never left behind."""
        reports = _empty(self._reports)
        lines = _empty(self._lines)
        latest = {(execution, token): progress for execution, token, progress in _empty(self._progress)}
        return News(reports, lines, latest)


def _empty(queue: deque[_Item]) -> list[_Item]:
    return [queue.popleft() for _ in range(len(queue))]
