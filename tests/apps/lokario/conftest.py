"""What the tests of lokario share: a whole Orario with a held clock, mailboxes on Dovecot, a mail server."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from orario.apps.lokario import app
from orario.demo.mailserver import MailServer
from orario.testing import Harness
from tests.apps.lokario.office import Office
from tests.servers.dovecot import Dovecot

START = datetime(2024, 1, 15, 14, 30, tzinfo=UTC)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def harness(database_url: str, mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    monkeypatch.setenv("ORARIO_LOKARIO_MAIL_URL", mail.url)
    monkeypatch.setenv("ORARIO_LOKARIO_SENDER", "relances@lokario.example")
    with Harness(app, start=START, database_url=database_url) as harness:
        yield harness


@pytest.fixture
def office(harness: Harness) -> Office:
    return Office(harness)


@pytest.fixture
def inboxes(dovecot: Dovecot) -> Iterator[Dovecot]:
    """The server, its mailboxes empty; it runs again at the end, whatever happened to it."""
    for user in dovecot.users:
        dovecot.wipe(user)
    yield dovecot
    dovecot.start()
