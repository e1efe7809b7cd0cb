"""A directory of ten thousand, and an Orario that follows it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orario.apps.directory import app
from orario.testing import Harness
from tests.apps.directory.house import House
from tests.servers.slapd import ACCOUNT, PASSWORD, Slapd, group, person

PEOPLE = 10_000


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service account; no server."""
    monkeypatch.setenv("ORARIO_DIRECTORY_USER", ACCOUNT)
    monkeypatch.setenv("ORARIO_DIRECTORY_PASSWORD", PASSWORD)
    monkeypatch.setenv("ORARIO_DIRECTORY_TLS", "none")


@pytest.fixture(scope="session")
def crowd() -> Iterator[Slapd]:
    """Ten thousand people; each test leaves behind what it likes of them."""
    server = Slapd(person(number) for number in range(PEOPLE))
    yield server
    server.close()


@pytest.fixture
def few(request: pytest.FixtureRequest) -> Iterator[Slapd]:
    """Thirty people and two groups, for one test."""
    groups = [group("staff", range(20)), group("Vertrieb, Süd", [1, 2])]
    server = Slapd([*(person(number) for number in range(30)), *groups])
    yield server
    server.close()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Callable[..., House]]:
    """Makes the Orario of the test, on one of the databases, following a server."""
    made: list[Harness] = []

    def make(server: Slapd | None, **settings: Any) -> House:
        given = {"urls": "" if server is None else server.url, **settings}
        for name, value in given.items():
            monkeypatch.setenv(f"ORARIO_DIRECTORY_{name.upper()}", str(value))
        made.append(Harness(app, database_url=database_url))
        return House(made[-1])

    yield make
    for one in made:
        one.close()
