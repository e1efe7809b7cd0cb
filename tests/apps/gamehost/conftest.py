"""A panel and a mail server that answer on loopback, and an Orario whose clock the test holds."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread

import pytest

from orario.apps.gamehost import app
from orario.apps.gamehost.demo.panel import PanelStandIn
from orario.apps.notify import app as notify
from orario.demo.mailserver import MailServer
from orario.testing import Harness
from tests.apps.gamehost.desk import Desk

NOON = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)


@contextmanager
def standing(panel: PanelStandIn) -> Iterator[dict[str, str]]:
    """The panel on a thread of its own; the settings by which it is found."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield dict(asyncio.run_coroutine_threadsafe(panel.start(), loop).result(10))
    finally:
        asyncio.run_coroutine_threadsafe(panel.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Iterator[PanelStandIn]:
    panel = PanelStandIn()
    with standing(panel) as settings:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ORARIO_GAMEHOST_PANEL_PAUSE_SECONDS", "0")
        monkeypatch.setenv("ORARIO_GAMEHOST_PANEL_TIMEOUT_SECONDS", "0.5")
        yield panel


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with MailServer() as mail:
        monkeypatch.setenv("ORARIO_GAMEHOST_MAIL_URL", mail.url)
        yield mail


Open = Callable[..., Desk]


@pytest.fixture
def open_desk(database_url: str) -> Iterator[Open]:
    """Opens an Orario with the settings that the environment has by then."""
    opened: list[Harness] = []

    def open(start: datetime = NOON, timezone: str = "UTC") -> Desk:
        opened.append(Harness(app, notify, start=start, database_url=database_url, timezone=timezone))
        return Desk(opened[-1])

    yield open
    for harness in opened:
        harness.close()


@pytest.fixture
def desk(panel: PanelStandIn, mail: MailServer, open_desk: Open) -> Desk:
    return open_desk()
