"""Pings that come at the same moment, on both databases: none is lost, none is counted twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID, uuid4

from orario.apps.ping import app
from orario.core.execution import State, Trigger
from orario.runtime import Runtime
from orario.service.actors import SYSTEM
from orario.service.documents import JobDocument
from orario.service.executions import ExecutionFilter
from orario.settings import Settings
from orario.web import Ping, Signal

AT_ONCE = 8


@contextmanager
def running(database_url: str) -> Iterator[tuple[Runtime, UUID]]:
    """A running Orario with a watched job that is due every second."""
    runtime = Runtime(Settings(database_url=database_url, heartbeat_seconds=0.5), [app])
    runtime.prepare()
    runtime.start()
    try:
        task = runtime.services.tasks.get("ping.watched")
        rule = {"jobTypeId": 2, "scheduleConfig": {"second": "*"}, "startWithinSeconds": 60}
        document = {"name": "Beat", "taskFunctionId": task.id, **rule}
        yield runtime, runtime.services.jobs.create(JobDocument.model_validate(document), SYSTEM).job.id
    finally:
        runtime.stop()


def test_every_ping_of_many_at_once_has_one_execution_of_its_own(database_url: str) -> None:
    with running(database_url) as (runtime, job), ThreadPoolExecutor(AT_ONCE) as threads:
        pings = [Ping(signal=Signal.SUCCESS) for _ in range(400)]
        answered = list(threads.map(lambda ping: runtime.services.watched.ping(job, ping).id, pings))
        found = runtime.services.executions.find(ExecutionFilter(job_ref=str(job)), 1, 1000).items
    assert len(set(answered)) == 400
    ended = [one for one in found if one.state is State.SUCCESS]
    assert {one.id for one in ended} == set(answered)
    due = [one.scheduled_for for one in found if one.trigger is Trigger.SCHEDULER]
    assert len(due) == len(set(due))


def test_a_ping_that_is_sent_many_times_at_once_counts_once(database_url: str) -> None:
    with running(database_url) as (runtime, job), ThreadPoolExecutor(AT_ONCE) as threads:
        run = uuid4()
        pings = [Ping(signal=signal, run=run) for signal in (Signal.START, Signal.SUCCESS) for _ in range(50)]
        answered = list(threads.map(lambda ping: runtime.services.watched.ping(job, ping).id, pings))
    assert len(set(answered)) == 1
