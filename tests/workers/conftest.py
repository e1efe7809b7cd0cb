"""A site on each broker."""

import shutil
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
def database_url(broker: Redis | RabbitMQ, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """And on both databases: one to each broker, for neither knows of the other."""
    if isinstance(broker, Redis):
        url: str = request.getfixturevalue("postgresql_url")
        return url
    return new_file(tmp_path, request)


def new_file(folder: Path, request: pytest.FixtureRequest) -> str:
    """The address of a fresh SQLite database in this folder."""
    shutil.copy(request.getfixturevalue("sqlite_template"), folder / "orario.db")
    return f"sqlite:///{folder / 'orario.db'}"


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


@pytest.fixture(scope="module")
def busy(redis: Redis, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Site]:
    """One site for a whole module, started, with a worker that carries four attempts at once."""
    folder = tmp_path_factory.mktemp("busy")
    site = Site(folder, new_file(folder, request), redis.url.removesuffix("0") + "1")  # a database of its own
    site.start()
    site.worker("-c", "4")
    yield site
    site.close()
