"""What an app adds to the dashboard looks and behaves as if it were the house's own."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from orario import App, Asked, Conflict, Misconfigured
from orario.dashboard.apps import pages_of
from orario.service import passwords
from orario.service.people import SYSTEM, Role
from orario.service.sessions import Visitor
from tests.api.site import standing_site
from tests.dashboard.visiting import COOKIE, send

PASSWORD = "correct horse battery"


def make_stock() -> App:
    """An app with a page, a panel that may show nothing, and two things to do."""
    app = App("stock", display_name="Stock <room>", templates=Path(__file__).parent / "templates")
    app.config = {"level": "half full"}

    @app.page("shelves", title="Shelves", icon="server", template="shelves.html")
    def shelves(asked: Asked) -> dict[str, int]:
        return {"asked_of": int(asked.query.get("n", "7"))}

    @app.page("prices", title="Prices", icon="server", template="shelves.html")
    def prices(asked: Asked) -> dict[str, int]:
        return {"asked_of": 0}

    @app.panel("overview", title="How full", template="stock.html", every=10)
    def level(asked: Asked) -> dict[str, str] | None:
        return {"level": app.config["level"]} if app.config["level"] else None

    @app.action("count")
    def count(asked: Asked) -> str:
        return f"Counted by {asked.actor.name}."

    @app.action("burn", role="admin")
    def burn(asked: Asked) -> str:
        raise Conflict("Shelves do not burn")

    return app


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[Role, httpx.Client]]:
    monkeypatch.setattr(passwords, "_COST", 16)
    with standing_site(tmp_path, make_stock()) as site:
        services, found = site.runtime.services, {}
        for role in Role:
            services.users.create(role.value, role, SYSTEM, PASSWORD)
            key = services.sessions.sign_in(role.value, PASSWORD, Visitor())
            found[role] = site.client(None, prefix="")
            found[role].cookies.set(COOKIE, key)
        yield found


def test_its_pages_stand_in_the_navigation_under_its_name(clients: dict[Role, httpx.Client]) -> None:
    text = clients[Role.VIEWER].get("/apps/stock/shelves?n=1200").text
    assert '<h2 class="group">Stock &lt;room&gt;</h2>' in text
    assert 'href="/apps/stock/shelves" aria-current="page"' in text
    assert "<h1>Shelves</h1>" in text and "1,200" in text


def test_apps_with_a_single_page_stand_together_without_a_name_above_each() -> None:
    app = App("till", display_name="Till")
    app.page("", title="Till", template="x.html")(lambda asked: {})
    app.page("edit", title="Edit", template="x.html", is_linked=False)(lambda asked: {})
    assert [rule.link and rule.link.group for rule in pages_of(app).rules] == ["Apps", None]


def test_its_panels_live_on_the_overview_and_may_show_nothing(clients: dict[Role, httpx.Client]) -> None:
    text = clients[Role.VIEWER].get("/").text
    assert "How full" in text and "half full" in text and 'data-region="stock.0"' in text


def test_its_actions_ask_for_the_role_and_the_proof_and_say_what_was_done(clients: dict[Role, httpx.Client]) -> None:
    page = "/apps/stock/shelves"
    operator = clients[Role.OPERATOR]
    assert operator.post("/apps/stock/count").status_code in (403, 415)
    answer = send(operator, "/apps/stock/count", page, back=page)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert "Counted by operator." in operator.get(page).text
    assert send(operator, "/apps/stock/count", page, back="https://evil.example").headers["location"] == "/apps/stock"
    assert send(clients[Role.VIEWER], "/apps/stock/count", page).status_code == 403
    assert send(operator, "/apps/stock/burn", page).status_code == 403
    refused = send(clients[Role.ADMIN], "/apps/stock/burn", page)
    assert refused.status_code == 409 and "Shelves do not burn" in refused.text


def test_places_and_roles_that_are_none_are_refused_when_the_app_is_read() -> None:
    with pytest.raises(Misconfigured, match="overview, job, execution"):
        App("a").panel("cellar", title="x", template="x.html")
    with pytest.raises(Misconfigured, match="viewer, operator, admin"):
        App("a").action("x", role="king")
