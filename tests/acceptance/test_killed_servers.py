"""Servers killed at the worst moments: every due moment is accounted for once, nothing runs for ever."""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.core.execution import State
from tests.acceptance.firing import HEARTBEAT
from tests.acceptance.killing import Site

LATE = 0.4  # seconds that a loaded test machine may add


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    site = Site(tmp_path, database_url)
    yield site
    site.close()


def kill_again_and_again(site: Site, times: int, jobs: int) -> None:
    site.create_jobs(jobs)
    chance = random.Random(times)
    for _ in range(times):
        server = site.start()
        time.sleep(chance.uniform(0.0, 3 * HEARTBEAT))
        site.kill(server)
    last = site.start()
    site.wait_for_leader()
    time.sleep(3 * HEARTBEAT)
    site.stop(last)


@pytest.mark.one_database  # on PostgreSQL the storm kills more
def test_kill_9_at_random_moments_loses_and_doubles_nothing(site: Site) -> None:
    kill_again_and_again(site, times=20, jobs=200)
    found = site.check_ledger()
    assert found[State.SUCCESS] > 200
    assert site.check_starts() >= found[State.SUCCESS]
    assert max(site.burials()) < 2 * HEARTBEAT + LATE


@pytest.mark.soak
def test_two_hundred_kills(site: Site) -> None:
    kill_again_and_again(site, times=200, jobs=200)
    site.check_ledger()
    site.check_starts()
    assert max(site.burials()) < 2 * HEARTBEAT + LATE


@pytest.mark.one_database
def test_a_retry_follows_when_the_carrier_is_killed(site: Site) -> None:
    site.create_jobs(100, retryCount=3, retryDelaySeconds=0, maxInstances=9)
    for _ in range(4):
        server = site.start()
        time.sleep(1.5 * HEARTBEAT)
        site.kill(server)
    last = site.start()
    time.sleep(4 * HEARTBEAT)
    site.stop(last)
    found = site.check_ledger()
    assert set(found) <= {State.SUCCESS, State.PENDING}


def test_a_second_server_stands_by_and_takes_over(site: Site) -> None:
    site.create_jobs(50)
    first, second = site.start(), site.start()
    time.sleep(2)
    site.kill(first)
    assert site.wait_for_leader(other_than=first.pid) < 2 * HEARTBEAT + LATE
    time.sleep(2)
    site.stop(second)
    site.check_ledger()
    site.check_starts()


def test_a_clean_stop_hands_over_at_once(site: Site) -> None:
    site.create_jobs(50)
    first, second = site.start(), site.start()
    time.sleep(1)
    first.send_signal(signal.SIGTERM)
    assert site.wait_for_leader(other_than=first.pid) < 1
    time.sleep(1)
    site.stop(second)
    found = site.check_ledger()
    assert found[State.FAILED] == 0


def test_a_leader_that_was_frozen_is_fenced_when_it_wakes(site: Site) -> None:
    site.create_jobs(50)
    first, second = site.start(), site.start()
    time.sleep(1)
    site.freeze(first)
    site.wait_for_leader(other_than=first.pid)
    time.sleep(1)
    first.send_signal(signal.SIGCONT)
    time.sleep(3)
    site.stop(first)
    site.stop(second)
    site.check_ledger()
    site.check_starts()
