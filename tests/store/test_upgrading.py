"""A database of every earlier schema, with a living Orario's data in it, goes on living under this code."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from alembic.script import ScriptDirectory

from orario import App, Cron, Every
from orario.core.errors import Misconfigured
from orario.core.execution import State
from orario.service.actors import Role
from orario.store.database import Database
from orario.store.migrating import STEPS, VERSION_TABLE, migrate, newest
from orario.testing import TESTER, Harness
from tests.store.living import RECORDED, settle_at
from tests.store.test_migrations import differences

STEPS_IN_ORDER = sorted(step.revision for step in ScriptDirectory(str(STEPS)).walk_revisions())
WHEN_IT_STOPPED = datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url, durable=False)
    yield database
    database.close()


def make_app(letters: list[tuple[str, str | None]]) -> App:
    """The app whose life was recorded."""
    app = App("shop")

    @app.task(schedule=Cron("0 2 * * *", timezone="Europe/Rome"), timeout="10m", retries=3)
    async def close_the_day(branch: str = "all") -> None:
        """Close the books of the day."""

    @app.task(queue="mail")
    async def send(to: str, password: str | None = None) -> None:
        """Send a letter."""
        letters.append((to, password))

    @app.task(schedule=Every(hours=1), is_system=True)
    async def sync() -> None:
        """Keep in step."""

    return app


def test_of_every_schema_but_the_last_there_is_a_record() -> None:
    assert [*RECORDED][: len(STEPS_IN_ORDER) - 1] == STEPS_IN_ORDER[:-1], "record what is new in it: see living.py"


@pytest.mark.parametrize("revision", STEPS_IN_ORDER)
def test_a_living_orario_goes_on_after_an_upgrade(database: Database, empty_database_url: str, revision: str) -> None:
    settle_at(database, revision)
    letters: list[tuple[str, str | None]] = []
    recorded = json.loads(RECORDED["0001"].read_text())
    with Harness(make_app(letters), start=WHEN_IT_STOPPED, database_url=empty_database_url) as harness:
        assert differences(database) == []
        assert {one.id.hex for one in harness.executions()} == {row["id"] for row in recorded["executions"]}
        harness.restart()  # waits until the one that died no longer leads
        lost, waited = [one for one in harness.executions("letters") if one.trigger == "manual"]
        assert {lost.state, waited.state} == {State.FAILED, State.SUCCESS}
        harness.advance("1d")
        assert ("waiting", None) in letters
        assert ("ann", "hunter2") in letters, "its secret is opened with the key under which it was sealed"
        assert ("bob", None) in letters
        assert ("held", None) not in letters, "what was paused is paused"
        for job in ("letters", "night-letters", "close_the_day", "sync"):
            harness.check_ledger(job)
        harness.services.jobs.resume("held-letters", harness.services.people.authenticate(a_token(harness)))
        assert len(harness.gaps("held-letters")) > 0


def a_token(harness: Harness) -> str:
    """A new one, beside the one that was recorded."""
    assert [one.name for one in harness.services.people.tokens()] == ["ann"]
    token: str = harness.services.people.create_token("bob", Role.ADMIN, TESTER)[1]
    return token


def test_a_database_of_a_newer_orario_is_refused(database: Database) -> None:
    migrate(database)
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(Misconfigured, match=f"schema 9999.* none after {newest()}.*Upgrade Orario"):
        migrate(database)


def test_of_several_that_start_at_once_one_takes_the_steps(empty_database_url: str) -> None:
    databases = [Database(empty_database_url, durable=False) for _ in range(4)]
    with ThreadPoolExecutor(4) as starts:
        list(starts.map(migrate, databases))
    assert differences(databases[0]) == []
    for one in databases:
        one.close()
