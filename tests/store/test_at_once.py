"""Two instances that want the same at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from orario.store import leases
from orario.store.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, durable=False)
    yield database
    database.close()


@pytest.fixture
def meanwhile(database: Database) -> Iterator[Callable[..., Future[Any]]]:
    """Does something in a transaction of somebody else."""
    with ThreadPoolExecutor() as somebody:

        def do(function: Callable[..., Any], *args: Any) -> Future[Any]:
            def whole() -> Any:
                with database.writing() as connection:
                    return function(connection, *args)

            started = somebody.submit(whole)
            assert not wait([started], timeout=0.2).done, "did not wait for the other"
            return started

        yield do


def take(connection: Connection, who: UUID, seen: leases.Lease | None) -> int | None:
    return leases.take(connection, who, seen, NOW)


def test_of_two_that_find_nobody_in_the_lead_one_leads(
    database: Database, meanwhile: Callable[..., Future[Any]]
) -> None:
    with database.writing() as connection:
        assert take(connection, uuid4(), None) == 1
        other = meanwhile(take, uuid4(), None)
    assert other.result() is None


def test_of_two_that_find_the_leader_dead_one_leads(
    database: Database, meanwhile: Callable[..., Future[Any]]
) -> None:
    with database.writing() as connection:
        take(connection, uuid4(), None)
    with database.reading() as connection:
        seen = leases.read(connection)
    with database.writing() as connection:
        assert take(connection, uuid4(), seen) == 2
        other = meanwhile(take, uuid4(), seen)
    assert other.result() is None
