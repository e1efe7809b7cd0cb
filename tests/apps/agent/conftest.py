"""What the tests of the agent share: an environment without its variables, a mail server, a provider."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.apps.agent import app, monitoring
from orario.apps.agent.settings import AgentSettings
from orario.demo.mailserver import MailServer
from tests.apps.agent.house import Provider, provider


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("CRON_", "ORARIO_AGENT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ORARIO_AGENT_BACKUP_FOLDER", str(tmp_path / "backups"))
    monkeypatch.setattr(monitoring, "_MEASURED", 0.02)
    app.configure(AgentSettings())  # whatever the test before has set


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server, and the agent knows of it."""
    with MailServer() as server:
        monkeypatch.setenv("ORARIO_AGENT_MAIL_URL", server.url)
        monkeypatch.setenv("ORARIO_AGENT_MAIL_FROM", "Grădina Verde <agent@example.org>")
        yield server


@pytest.fixture
def a_provider() -> Iterator[Provider]:
    with provider() as one:
        yield one
