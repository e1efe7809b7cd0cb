"""A move from SQLite to PostgreSQL that is stopped between any two steps, and goes on."""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.exc import IntegrityError

from orario import App, Every
from orario.core.errors import Conflict, Misconfigured
from orario.core.execution import State
from orario.service.documents import JobDocument
from orario.service.moves.moving import Moving
from orario.service.secrets import SecretDocument
from orario.store.database import Database
from orario.store.migrating import migrate
from orario.store.moves import source
from orario.store.tables import metadata
from orario.testing import TESTER, Harness
from tests.servers.postgresql import PostgreSQL

TABLES = MetaData()
orders = Table("shop_orders", TABLES, Column("id", Integer, primary_key=True), Column("branch", String, unique=True))
scans = Table("shop_scans", TABLES, Column("digest", LargeBinary, primary_key=True), Column("page", LargeBinary))
TOP = 1000  # ids
MANY = 100  # steps, by which a move is over


def make_app(passwords: list[str]) -> App:
    app = App("shop", tables=TABLES)

    @app.task(schedule=Every(minutes=1))
    async def sell() -> None:
        """Sell."""

    @app.task(retries=1)
    async def send(password: str) -> None:
        """Use a secret."""
        passwords.append(password)

    return app


@pytest.fixture
def server(postgresql: PostgreSQL) -> Iterator[Database]:
    with postgresql.database() as name, closing(Database(postgresql.url(name), durable=False)) as database:
        yield database


@pytest.fixture
def harness(sqlite_template: Path, tmp_path: Path) -> Iterator[Harness]:
    url = f"sqlite:///{tmp_path / 'orario.db'}"
    with Harness(make_app([]), database_url=url) as harness:
        runtime = harness.runtime
        task = runtime.services.tasks.get("shop.send").id
        document = {"name": "Send", "taskFunctionId": task, "jobTypeId": 1, "scheduleConfig": {"hours": 1}}
        harness.services.jobs.create(
            JobDocument.model_validate({**document, "taskArgs": {"password": "hunter2"}}), TESTER
        )
        harness.services.secrets.put("till", SecretDocument(value="tok-51c8e0f2a94d"), TESTER)
        with runtime.database.writing() as connection:
            connection.execute(orders.insert(), [{"id": TOP - number, "branch": str(number)} for number in range(9)])
            connection.execute(orders.insert(), [{"id": 1, "branch": "with a NUL \0 in it"}])
            connection.execute(scans.insert(), [{"digest": b"\0\xff", "page": bytes(range(256))}])
        harness.advance("2h")
        yield harness


def moving(harness: Harness, server: Database) -> Moving:
    def prepare() -> None:
        migrate(server, is_moving=True)
        with server.writing() as connection:
            TABLES.create_all(connection)

    return Moving(harness.runtime.database, server, harness.clock, prepare, wait=0.1, patience=0.0)


def change(harness: Harness, number: int) -> None:
    """Something of everything, between two steps."""
    harness.advance("3m")
    with harness.runtime.database.writing() as connection:
        some = orders.c.id == TOP - number % 9
        connection.execute(orders.update().where(some).values(branch=f"moved in step {number}"))
        connection.execute(orders.update().where(orders.c.id == number).values(id=number + 1))  # its key, too
        connection.execute(orders.delete().where(orders.c.branch == "8"))
        connection.execute(scans.update().values(page=bytes([number])))


def contents(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, but for what the end of a move itself writes."""
    found = {}
    with database.reading() as connection:
        for table in (*metadata.sorted_tables, *TABLES.sorted_tables):
            rows = [tuple(row) for row in connection.execute(table.select())]
            found[table.name] = sorted(rows, key=repr)
    for changed in ("audit", "leases", "instances"):
        del found[changed]
    found["shop_orders"] = sorted((id, branch.replace("\0", "\ufffd")) for id, branch in found["shop_orders"])
    return found


def test_a_move_that_is_stopped_again_and_again_brings_all_over(harness: Harness, server: Database) -> None:
    is_held = False
    for until in range(1, MANY, 4):
        one = moving(harness, server)
        taken = [step.title for step in islice(one.run(), until)]
        is_held = is_held or any(title.startswith(("waiting", "copying the last")) for title in taken)
        if not is_held:
            change(harness, until)
        if len(taken) < until:
            break
    assert until > 20
    assert contents(server) == contents(harness.runtime.database)
    assert harness.runtime.database.path is not None
    passwords: list[str] = []
    with Harness(make_app(passwords), start=harness.now, database_url=_url(server)) as there:
        there.restart("1h")
        there.advance("1h")
        assert "hunter2" in passwords
        for job in ("sell", "send"):
            there.check_ledger(job)
        assert {one.state for one in there.executions("sell")} == {State.SUCCESS}
        with there.runtime.database.writing() as connection:
            connection.execute(orders.insert(), [{"branch": "new"}])  # its id was never given before


def _url(database: Database) -> str:
    return database._writer.url.render_as_string(hide_password=False)


def test_the_file_refuses_every_change_and_every_server_afterwards(harness: Harness, server: Database) -> None:
    assert len(list(moving(harness, server).run())) > 10
    file = harness.runtime.database
    with pytest.raises(IntegrityError, match="has moved to postgresql://"), file.writing() as connection:
        connection.execute(orders.delete())
    with pytest.raises(Misconfigured, match=r"moved to postgresql://.*set ORARIO_DATABASE_URL"):
        migrate(file)
    with pytest.raises(Conflict, match="moved to postgresql://"):
        list(moving(harness, server).run())
    with pytest.raises(Conflict, match="moved to postgresql://"):
        moving(harness, server).take_back()


def test_nothing_starts_while_a_move_holds_the_file_and_all_goes_on_when_it_is_taken_back(
    harness: Harness, server: Database
) -> None:
    for step in moving(harness, server).run():
        if step.title == "copying the last changes":
            break
    with pytest.raises(Misconfigured, match="is filling this database"):
        migrate(server)
    with pytest.raises(Misconfigured, match="on its way to postgresql://"):
        migrate(harness.runtime.database)
    before = len(harness.executions())
    harness.clock.advance(harness.now - harness.job("sell").created_at)
    harness._do(harness.runtime.engine.ticker.turn())
    harness._do(harness.runtime.engine.dispatcher.turn())
    harness._do(harness.runtime.engine.leader.turn())
    assert len(harness.executions()) == before
    assert not harness.runtime.engine.leader.leads
    moving(harness, server).take_back()
    harness.restart("1m")
    harness.advance("2m")
    assert len(harness.executions()) > before
    harness.check_ledger("sell")
    with harness.runtime.database.reading() as connection:
        assert not {table.name for table in source.tables(connection)} & {"orario_move", "orario_move_changes"}
        assert connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all() == []


def test_what_has_no_place_to_go_is_refused_before_anything_is_changed(harness: Harness, server: Database) -> None:
    one = moving(harness, server)
    one.prepare = lambda: migrate(server, is_moving=True)
    with pytest.raises(Conflict, match="table shop_orders, in which there are rows: name every app"):
        list(one.run())
    migrate(harness.runtime.database)  # is not moved
    with server.writing() as connection:
        connection.exec_driver_sql("INSERT INTO queues (name, executor, is_paused) VALUES ('mail', 'local', FALSE)")
    with pytest.raises(Conflict, match="not empty: there are rows in queues"):
        list(moving(harness, server).run())
    assert harness.advance("1m")
