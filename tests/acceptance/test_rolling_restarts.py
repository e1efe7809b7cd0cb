"""Servers restarted one after the other, each around a tick: nothing is lost and nothing is doubled."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from orario.core.execution import State
from orario.service.actors import SYSTEM
from orario.service.documents import JobDocument
from orario.store.tables import gaps
from tests.acceptance.killing import Site

JOBS = 50  # all of them due at the same instant, once a second
AROUND = 0.05  # seconds before or after it


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    site = Site(tmp_path, database_url)
    yield site
    site.close()


def create_jobs(site: Site) -> float:
    """The fraction of a second at which they are due."""
    runtime = site.runtime()
    [task] = [one for one in runtime.services.tasks.find().items if one.name == "firing.note"]
    rule = {"taskFunctionId": task.id, "jobTypeId": 1, "scheduleConfig": {"seconds": 1}, "maxInstances": 9}
    documents = [JobDocument.model_validate({"name": f"Job {number}", **rule}) for number in range(JOBS)]
    [first, *_] = runtime.services.jobs.create_many(documents, SYSTEM)
    phase = runtime.services.jobs.get(str(first)).job.created_at.microsecond / 1e6
    runtime.database.close()
    return phase


def roll(site: Site, times: int) -> datetime:
    """Stop the one that leads as soon as another stands by, so near to a tick that either may have it; the start."""
    phase, chance = create_jobs(site), random.Random(times)
    one = site.start()
    site.leader()
    time.sleep(1)
    since = datetime.now(UTC)
    for _ in range(times):
        two = site.start()
        time.sleep((phase + chance.uniform(-AROUND, AROUND) - time.time()) % 1.0)
        site.stop(one)
        assert site.leader(other_than=one.pid) == two.pid
        one = two
    time.sleep(1)
    site.stop(one)
    return since


def check(site: Site, since: datetime) -> None:
    """Every moment ran once; from the first restart on, none was passed over for a later one."""
    found = site.check_ledger()
    assert set(found) == {State.SUCCESS}
    assert site.check_starts() == found[State.SUCCESS]
    runtime = site.runtime()
    with runtime.database.reading() as connection:
        passed = connection.execute(select(gaps).where(gaps.c.recorded_at > since)).all()
    runtime.database.close()
    assert passed == []


@pytest.mark.one_database
def test_restarts_around_a_tick_lose_and_double_nothing(site: Site) -> None:
    check(site, roll(site, times=2))


@pytest.mark.soak
def test_two_hundred_restarts_around_a_tick(site: Site) -> None:
    check(site, roll(site, times=200))
