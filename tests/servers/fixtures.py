"""Servers and databases as fixtures: `database_url` runs a test on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.store.database import Database
from orario.store.migrating import migrate
from tests.servers.dovecot import Dovecot
from tests.servers.postgresql import PostgreSQL
from tests.servers.private import needed
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Behaviour is tested on both databases; `one_database` marks what says nothing of where things are kept."""
    if "database_kind" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_database") is not None
        metafunc.parametrize("database_kind", ["sqlite"] if alone else ["sqlite", "postgresql"])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A cluster for each worker: half a second to make, and no worker waits for another."""
    cluster = PostgreSQL()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgreSQL) -> Iterator[str]:
    """A database with every table, made once; a copy takes 20 ms."""
    with postgresql.database() as name:
        _migrate(postgresql.url(name))
        yield name


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL, postgresql_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database of this test's own, with every table and no row."""
    with postgresql.database(postgresql_template) as name:
        yield postgresql.url(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table, made once; a copy is quicker than the migrations."""
    file = tmp_path_factory.mktemp("empty") / "orario.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a database of this test's own, with every table and no row: once SQLite, once PostgreSQL."""
    if database_kind == "postgresql":
        url: str = request.getfixturevalue("postgresql_url")
        return url
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "orario.db")
    return f"sqlite:///{tmp_path / 'orario.db'}"


@pytest.fixture
def empty_database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The same, without any table."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'orario.db'}"
        return
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    with cluster.database() as name:
        yield cluster.url(name)


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A broker that a test may stop and start."""
    server = Redis()
    yield server
    server.close()


@pytest.fixture
def redis_url(redis: Redis) -> str:
    return redis.url


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """The other broker, of which the same is true; it takes seconds to start."""
    server = RabbitMQ()
    yield server
    server.close()


@pytest.fixture
def rabbitmq_url(rabbitmq: RabbitMQ) -> str:
    return rabbitmq.url


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """An IMAP server with some users, which a test may stop and start; a test leaves it running."""
    server = Dovecot()
    yield server
    server.close()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser for tests of what people see."""
    return needed("chromium")


def _migrate(url: str) -> None:
    database = Database(url, durable=False)
    migrate(database)
    database.checkpoint()
    database.close()
