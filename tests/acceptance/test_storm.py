"""Servers and workers are killed and frozen, database and broker go away and come back: all at once, for long."""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orario.core.execution import State
from tests.acceptance.fleet import Fleet
from tests.servers.postgresql import PostgreSQL
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis


@pytest.fixture
def make_fleet(tmp_path: Path, postgresql: PostgreSQL, postgresql_url: str) -> Iterator[Callable[..., Fleet]]:
    made: list[Fleet] = []

    def make(broker: Redis | RabbitMQ) -> Fleet:
        made.append(Fleet(tmp_path, postgresql, postgresql_url, broker))
        return made[-1]

    yield make
    for one in made:
        one.close()


def weather(fleet: Fleet, *, servers: int, jobs: int, seconds: float, pauses: tuple[float, float], seed: int) -> None:
    """So many seconds with something bad after every pause; then what must have come through did."""
    chance = random.Random(seed)
    fleet.set_out(servers, workers=2)
    fleet.create_jobs(jobs)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(chance.uniform(*pauses))
        fleet.befall(chance)
    fleet.come_to_rest()
    found = fleet.check()
    print(f"seed {seed}: {dict(fleet.befallen)}, {dict(found)}, {fleet.refused()} refused")
    assert found[State.SUCCESS] > jobs


def test_a_storm_over_servers_workers_database_and_broker_loses_and_doubles_nothing(
    make_fleet: Callable[..., Fleet], redis: Redis
) -> None:
    weather(make_fleet(redis), servers=2, jobs=60, seconds=7, pauses=(0.5, 1.0), seed=4)


@pytest.mark.soak
@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
def test_ten_minutes_of_storm(make_fleet: Callable[..., Fleet], broker: str, request: pytest.FixtureRequest) -> None:
    fleet = make_fleet(request.getfixturevalue(broker))
    seconds = float(os.environ.get("STORM_SECONDS", 600))
    weather(fleet, servers=4, jobs=300, seconds=seconds, pauses=(1, 5), seed=time.time_ns() % 1000)
