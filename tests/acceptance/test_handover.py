"""Two servers on one database, at the pace that is the default: how long nobody ticks when the leader goes."""

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from orario.core.execution import State
from orario.settings import Settings
from tests.acceptance.killing import Site

JOBS = 50


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    site = Site(tmp_path, database_url, Settings().heartbeat_seconds)
    site.create_jobs(JOBS, apart=1 / JOBS)
    yield site
    site.close()


def longest_pause(site: Site, since: datetime) -> float:
    """Seconds between two ticks; some job is due every 20 ms."""
    moments = [moment for moment in site.ticks() if moment >= since]
    return max((later - earlier).total_seconds() for earlier, later in pairwise(moments))


def hand_over(site: Site, number: signal.Signals, times: int) -> list[float]:
    """Send the leader a signal, again and again, with another standing by; how long nobody ticked each time."""
    pauses = []
    one = site.start()
    for _ in range(times):
        two = site.start()
        time.sleep(0.5)
        leader, other = (one, two) if site.leader() == one.pid else (two, one)  # on a busy machine it may be either
        since = datetime.now(UTC)
        time.sleep(0.2)
        (site.kill if number == signal.SIGKILL else site.stop)(leader)
        site.wait_for_leader(other_than=leader.pid)
        time.sleep(1)
        pauses.append(longest_pause(site, since))
        one = other
    site.stop(one)
    print(f"{number.name}: nobody ticked for {median(pauses):.2f} s (median), {max(pauses):.2f} s (worst) of {times}")
    return pauses


def test_after_a_clean_stop_the_next_server_ticks_at_once(site: Site) -> None:
    assert max(hand_over(site, signal.SIGTERM, times=2)) < 1
    assert site.check_ledger()[State.FAILED] == 0
    site.check_starts()


def test_after_kill_9_the_next_server_ticks_within_three_seconds(site: Site) -> None:
    assert max(hand_over(site, signal.SIGKILL, times=1)) < 3
    site.check_ledger()
    site.check_starts()


@pytest.mark.soak
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_fifty_servers_go_one_after_the_other(site: Site, number: signal.Signals) -> None:
    assert max(hand_over(site, number, times=50)) < (1 if number == signal.SIGTERM else 3)
    site.check_ledger()
    site.check_starts()
