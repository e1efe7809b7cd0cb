"""The demonstration: rows that every job does something with, put in once and taken out whole."""

import pytest
from pydantic import ValidationError

from orario.apps.gamehost import app
from orario.apps.gamehost.demo.data import load, machines, remove
from orario.apps.gamehost.demo.panel import PanelStandIn
from orario.apps.gamehost.settings import GamehostSettings
from orario.demo.mailserver import MailServer
from tests.apps.gamehost.desk import Desk


def test_every_job_does_something_with_the_demonstration_and_it_can_be_taken_out(
    desk: Desk, panel: PanelStandIn, mail: MailServer
) -> None:
    panel.own(machines())
    desk.rows.user("own", "A customer", "real@example.com")
    services = desk.harness.services
    made = {"gamehost_users": 8, "gamehost_servers": 14, "gamehost_versions": 1, "gamehost_emails": 4}
    assert load(services) == made
    assert not any(load(services).values()), "a second time adds nothing"
    done = {job: desk.run(job).result["processed"] for job in app.declarations}
    assert done == {
        "ExpireServers": 3,
        "DeleteServers": 2,
        "GenerateExpiryEmails": 4,
        "GenerateDeletionEmails": 2,
        "SendEmails": 9,
        "CheckNewVersions": 1,
    }
    assert "Your server ARK 🦖 Island expires tomorrow" in [one.subject for one in mail.mails]
    gone = {"gamehost_emails": 10, "gamehost_versions": 2, "gamehost_servers": 12, "gamehost_users": 8}
    assert remove(services) == gone
    assert not desk.rows.mails and not desk.rows.statuses


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PANEL_URL", "https://panel.example", "needs ORARIO_GAMEHOST_PANEL_KEY"),
        ("PANEL_URL", "panel.example", "must start with http"),
        ("MAIL_URL", "http://mail.example", "like smtp://"),
        ("MAIL_FROM", "nobody", "is not a mail address"),
        ("RETENTION_DAYS", "0", "greater than or equal to 1"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"ORARIO_GAMEHOST_{name}", value)
    with pytest.raises(ValidationError, match=said):
        GamehostSettings()
