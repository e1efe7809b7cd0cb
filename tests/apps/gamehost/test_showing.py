"""The dashboard's page of game servers, and what an execution's page tells of servers and users."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orario.apps.gamehost import app
from orario.apps.gamehost.mails import claim, park
from orario.service.people import Role
from tests.api.site import Site, standing_site
from tests.apps.gamehost.desk import Desk, Rows
from tests.apps.visitors import csrf, signed_in


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with standing_site(tmp_path, app) as site:
        yield site


def test_the_page_shows_what_is_overdue_and_lets_operators_send_what_was_given_up(site: Site) -> None:
    rows = Rows(site.runtime.database)
    now = site.runtime.clock.now()
    rows.user(name="Ștefan <b>Țurcanu</b>")
    rows.server("late", now - timedelta(hours=1), name="Cetatea 🏰")
    rows.mail(now, subject="Grüße & Küsse")
    with rows.database.writing() as connection:
        mail = claim(connection, 1, "x:1", now, "example.com")
        assert mail is not None
        park(connection, mail, "x:1", "550 no such user")
    page = signed_in(site, "vera", Role.VIEWER).get("/apps/gamehost")
    assert page.status_code == 200 and "No panel is configured" in page.text
    assert "Cetatea 🏰" in page.text and "Ștefan &lt;b&gt;Țurcanu&lt;/b&gt;" in page.text
    assert "Grüße &amp; Küsse" in page.text and "550 no such user" in page.text and "Send again" not in page.text
    browser = signed_in(site, "otto", Role.OPERATOR)
    form = {"csrf": csrf(browser.get("/apps/gamehost").text), "email": "1"}
    assert browser.post("/apps/gamehost/send-again", data=form).status_code == 303
    assert [(one.status, one.attempts) for one in rows.mails] == [("PENDING", 0)]
    assert browser.post("/apps/gamehost/send-again", data=form).status_code == 404


def test_an_executions_page_tells_of_its_servers_and_users(desk: Desk, tmp_path: Path) -> None:
    desk.servers(timedelta(hours=1))
    run = desk.run("ExpireServers")
    with standing_site(tmp_path, app, database_url=desk.harness.runtime.settings.database_url) as site:
        browser = signed_in(site, "vera", Role.VIEWER)
        [region] = browser.get("/live/once", params={"r": f"gamehost.0:{run.id}:"}).json()
    assert "My Minecraft Server" in region["html"] and "john@example.com" in region["html"]
