"""A watched job on a clock that the test holds."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from orario.apps.ping import app
from orario.core.execution import Execution, State
from orario.service.documents import JobDocument
from orario.testing import TESTER, Harness
from orario.web import Ping, Signal

Create = Callable[..., UUID]


class Watch:
    """A job that is done elsewhere, and its pings."""

    def __init__(self, harness: Harness, **fields: Any) -> None:
        self.harness = harness
        task = harness.services.tasks.get("ping.watched")
        document = {"name": "Backup", "taskFunctionId": task.id, **fields}
        self.id: UUID = harness.services.jobs.create(JobDocument.model_validate(document), TESTER).job.id

    def ping(self, signal: Signal = Signal.SUCCESS, **words: Any) -> Execution:
        found: Execution = self.harness.services.watched.ping(self.id, Ping(signal=signal, **words))
        return found

    @property
    def states(self) -> list[State]:
        """Of all executions, in the order of their moments."""
        return [one.state for one in self.harness.executions(self.id)]


@pytest.fixture
def harness(database_url: str) -> Iterator[Harness]:
    with Harness(app, database_url=database_url) as harness:
        yield harness


@pytest.fixture
def hourly(harness: Harness) -> Watch:
    """At every full hour, with five minutes' grace; a run may take half an hour."""
    return Watch(harness, jobTypeId=2, scheduleConfig={"minute": "0"}, startWithinSeconds=300, timeoutSeconds=1800)


@pytest.fixture
def period(harness: Harness) -> Watch:
    """Within an hour of the last ping, with five minutes' grace."""
    return Watch(harness, jobTypeId=1, scheduleConfig={"hours": 1}, startWithinSeconds=300, timeoutSeconds=1800)
