"""Two instances that want the same at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from orario.core.job import Job
from orario.core.schedule import Every
from orario.store import claims, executions, jobs, leases
from orario.store.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, durable=False)
    yield database
    database.close()


def in_a_transaction(database: Database, function: Callable[..., Any], *args: Any) -> Any:
    with database.writing() as connection:
        return function(connection, *args)


@pytest.fixture
def meanwhile(database: Database) -> Iterator[Callable[..., Future[Any]]]:
    """Does something in a transaction of somebody else."""
    with ThreadPoolExecutor() as somebody:

        def do(function: Callable[..., Any], *args: Any) -> Future[Any]:
            started = somebody.submit(in_a_transaction, database, function, *args)
            assert not wait([started], timeout=0.2).done, "did not wait for the other"
            return started

        yield do


def open_pending(connection: Connection, count: int) -> None:
    """A job with as many executions that wait."""
    job = Job(
        id=uuid4(), slug="count", name="Count", description=None, app=None, task="shop.count", args={},
        queue="default", schedule=Every(hours=1), timezone="UTC", created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    jobs.add(connection, [(job, None)])
    executions.open_due(connection, [(job, NOW - timedelta(hours=hours)) for hours in range(count)], NOW)


def pending(connection: Connection, limit: int) -> list[claims.Candidate]:
    return claims.candidates(connection, NOW, limit, tasks=["shop.count"], full_jobs=(), full_queues=())


def claim_ten(database: Database) -> list[claims.Candidate]:
    with database.writing() as connection:
        claims.go_alone(connection)
        found = pending(connection, 10)
        claims.claim(connection, found, uuid4(), NOW)
    return found


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


def test_two_instances_never_count_the_same_room(database: Database, meanwhile: Callable[..., Future[Any]]) -> None:
    with database.writing() as connection:
        open_pending(connection, 2)

    def alone(connection: Connection) -> claims.Load:
        claims.go_alone(connection)
        return claims.load(connection)

    with database.writing() as connection:
        assert alone(connection).by_queue["default"] == 0
        claims.claim(connection, pending(connection, 1), uuid4(), NOW)
        other = meanwhile(alone)
    assert other.result().by_queue["default"] == 1
    assert sum(other.result().by_job.values()) == 1


def test_two_instances_never_claim_the_same_execution(database: Database) -> None:
    with database.writing() as connection:
        open_pending(connection, 100)
    with ThreadPoolExecutor(4) as instances:
        claimed = list(instances.map(lambda _: claim_ten(database), range(10)))
    tokens = [one.token for some in claimed for one in some]
    assert len(tokens) == len(set(tokens)) == 100


def test_who_falls_asleep_in_a_transaction_loses_its_locks(postgresql_url: str) -> None:
    database = Database(postgresql_url, durable=False)
    with database.writing() as connection:
        take(connection, uuid4(), None)
        seen = leases.read(connection)
    assert seen is not None and seen.holder is not None
    with (
        ThreadPoolExecutor() as somebody,
        pytest.raises(DBAPIError, match="idle-in-transaction"),
        database.writing() as asleep,
    ):
        leases.prove(asleep, seen.holder, seen.term)
        other = somebody.submit(in_a_transaction, database, take, uuid4(), seen)
        assert other.result(timeout=20) == 2
        asleep.exec_driver_sql("SELECT 1")
    database.close()
