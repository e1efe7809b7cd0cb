"""A prepared Orario, and clients that call it inside this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from orario.app import App
from orario.asgi import create_app
from orario.cli.inside import Inside
from orario.core.clock import Clock
from orario.runtime import Runtime
from orario.service.people import SYSTEM, Role
from orario.settings import Settings

NATIVE = "/api/v1/scheduler"
ORIGIN = "http://127.0.0.1:8000"


@dataclass
class Site:
    """The application, a token for each role, and whoever calls with one."""

    runtime: Runtime
    app: FastAPI
    transport: Inside
    tokens: dict[Role, str] = field(default_factory=dict)

    def client(self, role: Role | None = Role.ADMIN, *, prefix: str = NATIVE, origin: str = ORIGIN) -> httpx.Client:
        """A client that speaks as `role`; None: as nobody."""
        headers = {"Authorization": f"Bearer {self.token(role)}"} if role else {}
        return httpx.Client(transport=self.transport, base_url=origin + prefix, headers=headers)

    def token(self, role: Role) -> str:
        if role not in self.tokens:
            self.tokens[role] = self.runtime.services.people.create_token(role.value, role, SYSTEM)[1]
        return self.tokens[role]


@contextmanager
def standing_site(
    folder: Path, *apps: App, clock: Clock | None = None, database_url: str | None = None, **settings: Any
) -> Iterator[Site]:
    """A site on a new database in `folder`, or elsewhere; its engine is not started, so nothing moves by itself."""
    url = database_url or f"sqlite:///{folder}/orario.db"
    chosen = Settings(**{"database_url": url, "key": "of the tests", **settings})
    runtime = Runtime(chosen, apps, clock=clock)
    try:
        runtime.prepare()
        app = create_app(runtime)
        with Inside(app) as transport:
            yield Site(runtime, app, transport)
    finally:
        runtime.executor.stop()
        runtime.database.close()
