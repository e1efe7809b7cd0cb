"""Servers that start at the same moment where nothing is yet, or on a database that is not for them."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table

from orario import App, Every
from orario.runtime import Runtime
from orario.settings import Settings
from orario.store.database import Database
from orario.store.migrating import VERSION_TABLE, migrate, newest


def make_app() -> App:
    tables = MetaData()
    Table("shop_orders", tables, Column("id", Integer, primary_key=True))
    app = App("shop", tables=tables)

    @app.task(schedule=Every(hours=1))
    async def collect() -> None:
        """Collect what came in."""

    return app


def test_of_several_that_start_at_once_each_finds_everything_in_place(empty_database_url: str) -> None:
    settings = Settings(database_url=empty_database_url, key="of the tests")
    runtimes = [Runtime(settings, [make_app()]) for _ in range(4)]
    with ThreadPoolExecutor(4) as starts:
        list(starts.map(Runtime.prepare, runtimes))
    assert {runtime.services.jobs.get("collect").job.version for runtime in runtimes} == {1}
    for runtime in runtimes:
        runtime.executor.stop()
        runtime.database.close()


def test_a_server_refuses_a_database_of_a_newer_one(tmp_path: Path, empty_database_url: str) -> None:
    database = Database(empty_database_url, durable=False)
    migrate(database)
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    database.close()
    command = [sys.executable, "-m", "orario.cli", "serve", "--port", "0", "--database-url", empty_database_url]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert refused.returncode != 0
    said = " ".join(refused.stderr.split())
    assert "the database has schema 9999" in said and f"none after {newest()}" in said and "Upgrade Orario" in said
    assert "Traceback" not in said
