"""A server is killed in the middle of a sync of groups; the next one makes them whole, with the members they have."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from orario.apps.directory.tables import changes, groups, members
from orario.store.database import Database
from tests.cli.serving import Served, serving
from tests.servers.slapd import ACCOUNT, PASSWORD, Slapd, dn, group, group_dn, person

PEOPLE, GROUPS, SIZE = 30, 60, 5
NATIVE = "/api/v1/scheduler"
PATIENCE = 60.0


@pytest.fixture
def slapd() -> Iterator[Slapd]:
    """Many groups, of whom each has a few of the same people."""
    teams = (group(f"team-{number:02d}", [(number + at) % PEOPLE for at in range(SIZE)]) for number in range(GROUPS))
    server = Slapd([*(person(number) for number in range(PEOPLE)), *teams])
    yield server
    server.close()


@contextmanager
def orario(folder: Path, slapd: Slapd, token: str = "") -> Iterator[tuple[Served, httpx.Client]]:
    named = {"URLS": slapd.url, "USER": ACCOUNT, "PASSWORD": PASSWORD, "TLS": "none", "PAGE_SIZE": "1"}
    settings = {"ORARIO_KEY": "k", **{f"ORARIO_DIRECTORY_{name}": value for name, value in named.items()}}
    with serving(folder, "--apps", "directory", settings=settings) as served:
        headers = {"Authorization": f"Bearer {token or served.token}"}
        with httpx.Client(base_url=served.url, headers=headers, timeout=PATIENCE) as client:
            yield served, client


@pytest.mark.one_database
def test_groups_are_whole_after_a_kill_and_nobody_is_told_of_one_twice(tmp_path: Path, slapd: Slapd) -> None:
    with (
        orario(tmp_path, slapd) as (served, client),
        closing(Database(f"sqlite:///{tmp_path}/orario.db")) as database,
    ):
        first = triggered(client)
        wait_for(lambda: found_in(database))
        slapd.send(signal.SIGSTOP)  # so that it is in the middle for as long as is wanted
        served.stop(signal.SIGKILL)
        half, token = found_in(database), served.token
    slapd.send(signal.SIGCONT)
    assert 0 < len(half) < GROUPS and set(half.values()) == {SIZE}, "a group and its members come together"
    left = min(half)
    slapd.join(group_dn(left), leaving=[dn(int(left.removeprefix("team-")))])  # while nobody looked
    with (
        orario(tmp_path, slapd, token) as (_, client),
        closing(Database(f"sqlite:///{tmp_path}/orario.db")) as database,
    ):
        wait_for(lambda: status(client, first) == "pending")  # its carrier was lost; it is tried again in a minute
        second = triggered(client)
        wait_for(lambda: status(client, second) not in ("pending", "running"))
        assert status(client, second) == "success"
        assert found_in(database) == {f"team-{number:02d}": SIZE for number in range(GROUPS)} | {left: SIZE - 1}
        with database.reading() as connection:
            told = Counter(row.action for row in connection.execute(select(changes.c.action)))
    assert told == {"created": GROUPS, "updated": 1}


def found_in(database: Database) -> Counter[str]:
    """How many members each group has."""
    query = select(groups.c.name).join(members, members.c.group_id == groups.c.id)
    with database.reading() as connection:
        return Counter(connection.scalars(query))


def triggered(client: httpx.Client) -> str:
    answer = client.post(f"{NATIVE}/jobs/domain-group-sync/trigger").raise_for_status()
    return str(answer.json()["executionId"])


def status(client: httpx.Client, execution: str) -> str:
    return str(client.get(f"{NATIVE}/executions/{execution}").raise_for_status().json()["status"])


def wait_for(look: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.002)
