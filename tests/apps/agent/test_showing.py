"""The agent's page on the dashboard."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orario.apps.agent import app
from orario.apps.agent.outbox import Draft, write
from orario.apps.agent.tables import mails, sessions
from orario.service.people import Role
from tests.api.site import Site, standing_site
from tests.apps.agent.house import column, put, session
from tests.apps.visitors import csrf, signed_in


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with standing_site(tmp_path, app) as site:
        yield site


def test_the_page_shows_what_needs_a_person_and_lets_operators_send_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, database = site.runtime.clock.now(), site.runtime.database
    put(database, sessions, session("error", timedelta(hours=1), now, customer="<b>Zoë</b> 🙂", error="tăcere"))
    draft = Draft(key="x", kind="report", recipient="zoe@example.org", subject="Grüße", text="", expires_at=now)
    with database.writing() as connection:
        write(connection, [draft], now)
        connection.execute(mails.update().values(status="refused", error="550 no such user"))
    page = signed_in(site, "vera", Role.VIEWER).get("/apps/agent")
    assert page.status_code == 200 and "No mail server is configured" in page.text
    assert "&lt;b&gt;Zoë&lt;/b&gt; 🙂" in page.text and "tăcere" in page.text
    assert "550 no such user" in page.text and "Send again" not in page.text
    browser = signed_in(site, "otto", Role.OPERATOR)
    form = {"csrf": csrf(browser.get("/apps/agent").text), "mail": str(draft.id)}
    assert browser.post("/apps/agent/send-again", data=form).status_code == 303
    assert column(database, mails, "status") == ["waiting"]
    for id in (str(draft.id), "nonsense"):
        assert browser.post("/apps/agent/send-again", data=form | {"mail": id}).status_code == 404
