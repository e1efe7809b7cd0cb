"""A site on each broker."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.workers.site import Site


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Redis | RabbitMQ:
    """Behaviour is tested on both."""
    found: Redis | RabbitMQ = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def make_site(tmp_path: Path, database_url: str, broker: Redis | RabbitMQ) -> Iterator[Callable[..., Site]]:
    """Makes a site whose messages nobody else's tests see."""
    made: list[Site] = []

    def make(**settings: object) -> Site:
        made.append(Site(tmp_path, database_url, broker.url, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """Started, with no worker yet."""
    site = make_site()
    site.start()
    return site
