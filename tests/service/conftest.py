"""The services on a real database, with a clock that the test holds."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from orario.app import App
from orario.core.clock import ManualClock
from orario.core.schedule import Cron, Every
from orario.core.task import Task
from orario.service.actors import Actor, Role
from orario.service.documents import JobDocument
from orario.service.services import Services
from orario.settings import Settings
from orario.store.database import Database
from orario.store.migrating import migrate
from orario.store.tables import metadata
from orario.store.vault import Vault
from orario.store.wake import Topic, Wake

START = datetime(2026, 1, 1, tzinfo=UTC)


class Target(BaseModel):
    host: str
    port: int = 80


def make_app() -> App:
    """An app as users write them."""
    app = App("shop")

    @app.task(schedule=Cron("0 2 * * *", timezone="Europe/Rome"), timeout="10m", retries=3)
    def close_the_day(branch: str = "all") -> None:
        """Close the books of the day."""

    @app.task(queue="mail")
    def send(to: str, password: str | None = None, headers: dict[str, str] | None = None) -> None:
        """Send a letter."""

    @app.task
    def probe(target: Target) -> None:
        """Look at a host."""

    @app.task(schedule=Every(hours=1), is_system=True)
    def sync() -> None:
        """Keep in step."""

    return app


class World:
    """Everything that a service test touches."""

    def __init__(self, directory: Path, url: str | None = None) -> None:
        self.clock = ManualClock(START)
        self.database = Database(url or f"sqlite:///{directory}/orario.db", durable=False)
        self.wake = Wake()
        self.rung: list[Topic] = []
        self.wake.subscribe(self.rung.append)
        self.catalog: dict[str, Task] = {}
        self.settings = Settings()
        self.vault = Vault.beside(directory / "orario.db", None)
        self.services = Services.build(self.database, self.catalog, self.clock, self.wake, self.settings, self.vault)
        self.jobs = self.services.jobs

    def declare(self, *apps: App) -> None:
        """A start with these apps."""
        self.catalog.clear()
        for app in apps:
            self.catalog.update(app.tasks)
        self.jobs.declare(apps, self.catalog)

    def document(self, **changes: Any) -> JobDocument:
        """A sound new job of the task `send`, every five minutes."""
        body: dict[str, Any] = {
            "name": "Letters",
            "taskFunctionId": self.services.tasks.get("shop.send").id,
            "jobTypeId": 1,
            "scheduleConfig": {"minutes": 5},
            "taskArgs": {"to": "ann"},
        }
        return JobDocument.model_validate({**body, **changes})


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every table, made once; a copy is quicker than the migrations."""
    directory = tmp_path_factory.mktemp("empty")
    database = Database(f"sqlite:///{directory}/orario.db", durable=False)
    migrate(database)
    database.checkpoint()
    database.close()
    return directory / "orario.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, empty_database: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    url = None
    if request.param == "postgresql":
        url = os.environ.get("ORARIO_TEST_POSTGRESQL")
        if url is None:
            pytest.skip("ORARIO_TEST_POSTGRESQL names no database: these run on SQLite only")
    else:
        shutil.copy(empty_database, tmp_path / "orario.db")
    world = World(tmp_path, url)
    if url is not None:
        migrate(world.database)
        with world.database.writing() as connection:
            names = ", ".join(metadata.tables)
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
    world.declare(make_app())
    yield world
    world.database.close()


@pytest.fixture
def ann() -> Actor:
    return Actor("1", "ann", Role.ADMIN)
