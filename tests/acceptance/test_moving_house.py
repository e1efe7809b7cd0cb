"""A living Orario moves from SQLite to PostgreSQL by `orario db migrate-to`, with its jobs firing all the while."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread

import httpx
import psycopg
import pytest

from orario.core.execution import State
from tests.acceptance.killing import Site
from tests.cli.serving import SOURCES, Served, serving
from tests.servers.postgresql import PostgreSQL

JOBS = 100  # each fires every second
OLD = 60_000  # rows of an app's table, so that copying takes a while
APP = '''
from pathlib import Path
from sqlalchemy import Column, Integer, MetaData, String, Table
from orario import App
from tests.acceptance.firing import make_app

app = make_app(Path("notes.txt"))
stock = App("stock", tables=MetaData())
Table("stock_items", stock.tables, Column("id", Integer, primary_key=True), Column("name", String, unique=True))


@app.task(timeout="30s")
async def greet(password: str) -> int:
    """Use a secret."""
    return len(password)
'''
SETTINGS = {"ORARIO_APPS": "house:app,house:stock", "ORARIO_HEARTBEAT_SECONDS": "0.5"}


@pytest.fixture
def target(postgresql: PostgreSQL) -> Iterator[str]:
    with postgresql.database() as name:
        yield postgresql.url(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "house.py").write_text(APP)
    return tmp_path


def start(stack: ExitStack, folder: Path, url: str) -> Served:
    return stack.enter_context(serving(folder, settings={**SETTINGS, "ORARIO_DATABASE_URL": url}))


def move(folder: Path, target: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORARIO_")}
    environment |= {"PYTHONPATH": SOURCES, "ORARIO_DATABASE_URL": "sqlite:///orario.db", **SETTINGS}
    command = [sys.executable, "-m", "orario.cli", "db", "migrate-to", target, "--json"]
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def kill_while_it_copies(mover: "subprocess.Popen[str]", target: str) -> int:
    """By kill -9; how many rows of the app's table were there by then."""
    found = 0
    while not found:
        assert mover.poll() is None, mover.communicate()
        with psycopg.connect(target, autocommit=True) as connection:
            [there] = connection.execute("SELECT to_regclass('stock_items')").fetchone() or [None]
            [found] = (connection.execute("SELECT COUNT(*) FROM stock_items").fetchone() if there else None) or [0]
    mover.kill()
    mover.communicate()
    return found


class Writer(Thread):
    """Somebody who changes an app's table all the while, until the file refuses it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file, self.refusal, self.changes = file, "", 0

    def run(self) -> None:
        with closing(sqlite3.connect(self.file, timeout=20)) as connection:
            connection.executemany("INSERT INTO stock_items VALUES (?, ?)", [(at, f"item {at}") for at in range(OLD)])
            connection.commit()
            while not self.refusal:
                self.changes += 1
                try:
                    self._change(connection, self.changes)
                except sqlite3.IntegrityError as error:
                    self.refusal = str(error)
                time.sleep(0.002)

    def _change(self, connection: sqlite3.Connection, at: int) -> None:
        connection.execute("UPDATE stock_items SET name = 'sold ' || ? WHERE id = ?", (at, at * 7919 % OLD))
        connection.execute("UPDATE stock_items SET id = ? WHERE id = ?", (OLD + at, at * 104729 % OLD))
        connection.execute("DELETE FROM stock_items WHERE id = ?", (at * 15485863 % OLD,))
        connection.execute("INSERT OR IGNORE INTO stock_items VALUES (?, ?)", (at * 32452843 % OLD, f"new {at}"))
        connection.commit()


def items(connection: "sqlite3.Connection | psycopg.Connection[tuple[int, str]]") -> list[tuple[int, str]]:
    return connection.execute("SELECT id, name FROM stock_items ORDER BY id").fetchall()


def test_a_living_orario_moves_and_loses_and_doubles_nothing(folder: Path, target: str) -> None:
    with ExitStack() as stack:
        servers = [start(stack, folder, "sqlite:///orario.db") for _ in range(2)]
        create_jobs(stack, servers[0])
        writer = Writer(folder / "orario.db")
        writer.start()
        time.sleep(1)
        assert kill_while_it_copies(move(folder, target), target) > 0
        time.sleep(1)
        mover = move(folder, target)
        said, complaint = mover.communicate(timeout=120)
        assert mover.returncode == 0, complaint
        assert [server.process.wait(20) for server in servers] == [2, 2]
        there = start(stack, folder, target)
        time.sleep(2)
        assert run_with_the_secret(stack, there, servers[0].token) == {"status": "success", "result": 7}
        assert there.stop() == 0
    writer.join()
    check(folder, target, json.loads(said), writer)


def check(folder: Path, target: str, said: dict[str, object], writer: Writer) -> None:
    assert said["faults"] == [] and said["attemptsCutOff"] == 0
    with closing(sqlite3.connect(folder / "orario.db")) as before, psycopg.connect(target) as after:
        assert items(before) == items(after)
        assert writer.changes > 100 and "has moved to postgresql://" in writer.refusal
        [last] = before.execute("SELECT MAX(scheduled_for) FROM executions").fetchone()
        [later] = after.execute("SELECT COUNT(*) FROM executions WHERE scheduled_for > %s", [last]).fetchone() or [0]
        assert later >= JOBS, "they fire there"
    new = Site(folder, target)
    found = new.check_ledger()
    assert found[State.SUCCESS] >= 3 * JOBS and found[State.FAILED] == 0
    assert new.check_starts() >= found[State.SUCCESS] - 1
    log = (folder / "stderr.log").read_text()
    assert log.count("start again with ORARIO_DATABASE_URL set to it") == 2
    print(f"moved: {said['rowsPerSecond']} rows a second, {said['secondsStill']} s without a start")


def api(stack: ExitStack, server: Served, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return stack.enter_context(httpx.Client(base_url=f"{server.url}/api/v1/scheduler", headers=headers, timeout=20))


def create_jobs(stack: ExitStack, server: Served) -> None:
    client = api(stack, server, server.token)
    functions = client.get("/task-functions?per_page=100").json()["taskFunctions"]
    ids = {one["name"]: one["id"] for one in functions}
    note = {"taskFunctionId": ids["firing.note"], "jobTypeId": 1, "scheduleConfig": {"seconds": 1}}
    greet = {"taskFunctionId": ids["firing.greet"], "jobTypeId": 1, "scheduleConfig": {"days": 1}}
    jobs = [{"name": f"Job {number}", **note} for number in range(JOBS)]
    for job in [*jobs, {"name": "Greet", **greet, "taskArgs": {"password": "hunter2"}}]:
        assert client.post("/jobs", json=job).status_code == 201


def run_with_the_secret(stack: ExitStack, server: Served, token: str) -> dict[str, object]:
    """With a token of before the move, a job whose secret was sealed before it."""
    client = api(stack, server, token)
    opened = client.post("/jobs/greet/trigger").json()["executionId"]
    deadline = time.monotonic() + 10
    while (found := client.get(f"/executions/{opened}").json())["status"] in ("pending", "running"):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return {name: found[name] for name in ("status", "result")}
