"""A whole Orario with the app ops: on a held clock for its jobs, and running for its API."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import httpx

from orario import App, Context, Every, OnDemand
from orario.apps.notify import app as notify
from orario.apps.ops import app as ops
from orario.apps.retention import app as retention
from orario.asgi import create_app
from orario.cli.inside import Inside
from orario.runtime import Runtime
from orario.service.people import SYSTEM, Role
from orario.settings import Settings
from orario.testing import TESTER, Harness

PREFIX = "/ops/api/v1/scheduler"
GATE = Event()


def make_shop() -> App:
    """Jobs that succeed, fail, and wait for the test."""
    shop = App("shop")

    @shop.task(schedule=Every(minutes=30))
    def sell(context: Context) -> dict[str, int]:
        """Sell something."""
        for _ in context.track(range(3)):
            pass
        return {"sold": 3}

    @shop.task(schedule=OnDemand())
    def break_down(context: Context) -> None:
        """Fail, having noted something."""
        context.note(till=7)
        raise ValueError("no till answers")

    @shop.task(schedule=OnDemand())
    def count_stock(context: Context) -> None:
        """Take a while."""
        context.progress.expect(8)
        context.progress.advance(2)
        while not GATE.wait(0.02):
            context.check()

    return shop


@dataclass
class Site:
    """A running Orario and its callers."""

    runtime: Runtime
    app: Any
    transport: Inside

    @contextmanager
    def another(self) -> Iterator[httpx.Client]:
        """A client for a thread of its own."""
        with Inside(self.app) as transport, replace(self, transport=transport).client() as client:
            yield client

    def client(self, role: Role | None = Role.ADMIN, prefix: str = PREFIX) -> httpx.Client:
        headers = {}
        if role is not None:
            token = self.runtime.services.people.create_token(role.value, role, SYSTEM)[1]
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(
            transport=self.transport, base_url=f"http://127.0.0.1:8000{prefix}", headers=headers, timeout=30
        )


@contextmanager
def running(database_url: str) -> Iterator[Site]:
    """Its engine fires."""
    GATE.clear()
    settings = Settings(database_url=database_url, key="of the tests", drain_seconds=5)
    runtime = Runtime(settings, [notify, retention, ops, make_shop()])
    runtime.prepare()
    app = create_app(runtime)
    runtime.start()
    try:
        with Inside(app) as transport:
            yield Site(runtime, app, transport)
    finally:
        GATE.set()
        runtime.stop()


def held(database_url: str, *apps: App, **options: Any) -> Harness:
    """Its clock is the test's."""
    return Harness(notify, retention, ops, *apps, database_url=database_url, **options)


@contextmanager
def quiet(database_url: str, *apps: App, **options: Any) -> Iterator[Harness]:
    """The same for tests over days, which no health check needs to accompany every five minutes."""
    with held(database_url, *apps, **options) as house:
        for slug in ("health_check", "prune-history"):
            house.services.jobs.pause(slug, None, None, TESTER)
        yield house


def until(found: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What there is, as soon as there is something."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
    return answer
