"""People edit jobs that fire every second while an engine ticks and somebody holds up both, on PostgreSQL."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event
from uuid import UUID

import pytest

from orario import App, Every
from orario.core.execution import Trigger
from orario.runtime import Runtime
from orario.service.documents import JobChanges
from orario.service.services import Services
from orario.settings import Settings
from orario.store import cursors, gaps, history
from orario.store.history import HistoryFilter
from orario.testing import TESTER

JOBS = [f"sell-{number}" for number in range(6)]
SECONDS = 4.5


@pytest.fixture
def runtime(postgresql_url: str) -> Iterator[Runtime]:
    app = App("shop")

    @app.task(max_instances=100, misfire="all")
    async def sell() -> None:
        """Sell."""

    for job in JOBS:
        app.job(job, "shop.sell", Every(seconds=1))
    runtime = Runtime(Settings(database_url=postgresql_url, heartbeat_seconds=0.5), [app])
    runtime.prepare()
    runtime.start()
    try:
        yield runtime
    finally:
        runtime.stop()


def test_every_due_moment_ends_once_however_edits_and_ticks_wait_for_each_other(runtime: Runtime) -> None:
    over = Event()
    ids = [runtime.services.jobs.get(job).job.id for job in JOBS]
    with ThreadPoolExecutor(4) as threads:
        work = [threads.submit(edit, runtime.services, over, seed) for seed in range(3)]
        work.append(threads.submit(hold_up, runtime, over, ids))
        time.sleep(SECONDS)
        over.set()
        for one in work:
            one.result()
    for job in JOBS:
        runtime.services.jobs.resume(job, TESTER)
        check(runtime, job)


def edit(services: Services, over: Event, seed: int) -> None:
    """Changes after which the same moments are due, but that reckon from the cursor anew."""
    luck, edits = Random(seed), services.jobs
    while not over.wait(luck.random() / 20):
        job = luck.choice(JOBS)
        match luck.randrange(4):
            case 0:
                edits.pause(job, None, None, TESTER)
            case 1:
                edits.resume(job, TESTER)
            case 2:
                edits.trigger(job, TESTER)
            case _:
                days = {"excludeDates": [f"20{luck.randrange(40, 90)}-01-01"]}
                edits.change(job, JobChanges.model_validate(days), TESTER)


def hold_up(runtime: Runtime, over: Event, ids: list[UUID]) -> None:
    """Holds some jobs' cursors, so that ticks leave them out and edits wait, mostly longer than two moments apart."""
    luck = Random(7)
    while not over.wait(0.2):
        with runtime.database.writing() as connection:
            cursors.hold(connection, luck.sample(ids, 3))
            over.wait(luck.choice([0.1, 1.5, 2.5]))


def check(runtime: Runtime, slug: str) -> None:
    job = runtime.services.jobs.get(slug).job
    with runtime.database.writing() as connection:  # no tick comes in between
        cursor = cursors.held(connection, job.id)
        opened = history.find(connection, HistoryFilter(job_id=job.id), 10_000)
        passed = sum(gap.count for gap in gaps.of_job(connection, job.id, 10_000))
    due = job.timetable({}).count(job.created_at, cursor.position)
    ran = [one.scheduled_for for one in opened if one.trigger is Trigger.SCHEDULER]
    assert cursor.fold == 0
    assert len(set(ran)) == len(ran)
    assert len(ran) + passed == due, f"{slug}: {due} were due, {len(ran)} ran, {passed} are in gaps"
