"""A LocalExecutor on its own, with an Inbox that can be waited for."""

import inspect
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Condition
from typing import Any

from orario.core.clock import SystemClock
from orario.core.execution import LogLine, Outcome, Progress, Trigger
from orario.core.job import Job
from orario.core.policy import Policy
from orario.core.schedule import OnDemand
from orario.core.task import Mode, Task
from orario.engine.executor import Report, Work
from orario.engine.inbox import Inbox
from orario.executors.local import LocalExecutor
from orario.settings import Settings
from orario.store.vault import Vault

LIMIT = 20.0  # seconds that a test waits for what must come at once
DUE = datetime(2026, 3, 1, 2, tzinfo=UTC)


def task_of(function: Callable[..., Any], *, process: bool = False) -> Task:
    mode = Mode.LOOP if inspect.iscoroutinefunction(function) else Mode.THREAD
    return Task(
        name=f"shop.{function.__name__}",
        app="shop",
        function=function,
        mode=Mode.PROCESS if process else mode,
        display_name=function.__name__,
        description=None,
        handler_path=function.__name__,
        handler_type="test",
        queue="default",
        policy=Policy(),
    )


def work_of(
    function: Callable[..., Any],
    args: Mapping[str, Any] | None = None,
    *,
    process: bool = False,
    timeout: float | None = 60,
) -> Work:
    task = task_of(function, process=process)
    job = Job(
        id=uuid.uuid4(),
        slug="close-the-day",
        name="Close the day",
        description=None,
        app="shop",
        task=task.name,
        args={},
        queue=task.queue,
        schedule=OnDemand(),
        timezone="UTC",
        policy=Policy(timeout=None if timeout is None else timedelta(seconds=timeout)),
        created_at=DUE,
        updated_at=DUE,
    )
    return Work(
        execution_id=uuid.uuid4(),
        job=job,
        task=task,
        args=args or {},
        token=uuid.uuid4(),
        attempt=1,
        trigger=Trigger.SCHEDULER,
        scheduled_for=DUE,
        started_at=DUE,
    )


class Stage:
    """Carries work and collects what comes of it."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        chosen: dict[str, Any] = {"kill_grace_seconds": 0.4, **settings}
        self.inbox = Inbox()
        self.vault = Vault.beside(directory / "orario.db", None)
        self.executor = LocalExecutor(self.inbox, self.vault, SystemClock(), Settings(**chosen))
        self.reports: list[Report] = []
        self.lines: list[LogLine] = []
        self.told: list[Progress] = []
        self._news = Condition()
        self.inbox.on_report = self._collect
        self.executor.start()

    def _collect(self) -> None:
        with self._news:
            self.look()
            self._news.notify_all()

    def look(self) -> None:
        news = self.inbox.take()
        self.reports += news.reports
        self.lines += news.lines
        self.told += news.progress.values()

    def wait(self, count: int = 1) -> list[Report]:
        """The next `count` reports."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.reports) >= count, LIMIT), "no report came"
            found, self.reports = self.reports[:count], self.reports[count:]
        return found

    def carry(self, works: Sequence[Work]) -> list[Report]:
        self.executor.carry(works)
        return self.wait(len(works))

    def perform(self, function: Callable[..., Any], args: Mapping[str, Any] | None = None, **options: Any) -> Report:
        return self.carry([work_of(function, args, **options)])[0]

    def outcome(self, function: Callable[..., Any], args: Mapping[str, Any] | None = None, **options: Any) -> Outcome:
        return self.perform(function, args, **options).outcome

    def messages(self) -> list[str]:
        self.look()
        return [line.message for line in self.lines]


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until it holds, not for ever."""
    waiting = Condition()
    with waiting:
        for _ in range(int(LIMIT / 0.01)):
            if condition():
                return
            waiting.wait(0.01)
    raise AssertionError(f"in vain: {what}")
