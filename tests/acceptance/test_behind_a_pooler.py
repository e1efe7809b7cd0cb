"""Orario on a PostgreSQL behind pgbouncer in transaction mode, where no session belongs to anybody."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.core.execution import State
from orario.service.actors import SYSTEM
from orario.service.documents import JobChanges
from tests.acceptance.firing import HEARTBEAT
from tests.acceptance.killing import Site
from tests.servers.pgbouncer import pooled
from tests.servers.postgresql import PostgreSQL


@pytest.fixture
def site(tmp_path: Path, postgresql: PostgreSQL, postgresql_template: str) -> Iterator[Site]:
    with postgresql.database(postgresql_template) as name, pooled(postgresql, name) as url:
        site = Site(tmp_path, url)
        yield site
        site.close()


def test_two_servers_fire_and_hand_over_through_a_pooler(site: Site) -> None:
    site.create_jobs(50)
    first, second = site.start(), site.start()
    time.sleep(1.5)
    site.kill(first)
    assert site.wait_for_leader(other_than=first.pid) < 5 * HEARTBEAT
    by_hand = site.runtime()
    for number in range(20):
        changes = JobChanges.model_validate({"priority": number})
        by_hand.services.jobs.change(f"job-{number}", changes, SYSTEM)
    by_hand.executor.stop()
    by_hand.database.close()
    time.sleep(1.5)
    site.stop(second)
    assert site.check_ledger()[State.SUCCESS] > 100
    site.check_starts()
