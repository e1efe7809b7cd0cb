"""The services on a real database, with a clock that the test holds."""

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
from orario.store.named import NamedSecrets
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

    def __init__(self, directory: Path, url: str) -> None:
        self.clock = ManualClock(START)
        self.database = Database(url, durable=False)
        self.wake = Wake()
        self.rung: list[Topic] = []
        self.wake.subscribe(self.rung.append)
        self.catalog: dict[str, Task] = {}
        self.settings = Settings()
        self.vault = Vault.beside(directory / "orario.db", None, NamedSecrets(self.database, self.clock))
        self.services = Services.build(self.database, self.catalog, self.clock, self.wake, self.settings, self.vault)
        self.jobs = self.services.jobs

    def declare(self, *apps: App) -> None:
        """A start with these apps."""
        self.catalog.clear()
        for app in apps:
            self.catalog.update(app.tasks)
        self.jobs.declare(apps, self.catalog, lambda connection, events: None)

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


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Services on a new database; the test runs on SQLite and on PostgreSQL."""
    world = World(tmp_path, database_url)
    world.declare(make_app())
    yield world
    world.database.close()


@pytest.fixture
def ann() -> Actor:
    return Actor("1", "ann", Role.ADMIN)
