"""Pages of the shipped apps: what others wrote stays words, no other site gets at them, nobody is kept out."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from sqlalchemy import String, Table, literal, update

from orario.asgi import create_app
from orario.dashboard.apps import pages_of
from orario.runtime import Runtime, load_apps
from orario.service import passwords
from orario.service.people import SYSTEM, Role
from orario.settings import Settings
from tests.api.serving import serving
from tests.dashboard.believable import PASSWORD
from tests.dashboard.test_attacks import PAYLOAD
from tests.dashboard.test_pages import grave
from tests.dashboard.visiting import SMALL, Site, Visit, token_in

APPS = ("ops", "gamehost", "lokario", "agent", "directory", "notify")
# What somebody outside may choose, by the name of its column, wherever there is one.
THEIRS = {
    *(
        "name",
        "title",
        "subject",
        "customer",
        "email",
        "to_address",
        "recipient",
        "username",
        "display_name",
        "number",
    ),
    *("department", "host", "folder", "provider", "error", "last_error"),
}
# So that the page has a reason to show it.
STANDS: Mapping[str, dict[str, Any]] = {
    "gamehost_emails": {"status": "PARKED"},
    "agent_mails": {"status": "refused"},
    "agent_credentials": {"is_valid": False},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Every shipped app with its demo, overwritten by somebody who means harm."""
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_COST", 16)
        for name in ("DIR", "PATH"):
            patch.setenv(f"ORARIO_OPS_BACKUP_{name}", str(folder / "backups"))
        settings = Settings(database_url=f"sqlite:///{folder}/orario.db", key="of the tests", drain_seconds=0.1)
        runtime = Runtime(settings, load_apps(APPS))
        runtime.prepare()
        runtime.services.users.create("ada", Role.ADMIN, SYSTEM, PASSWORD)
        for app in runtime.apps:
            if app.demo is not None:
                app.demo.load(runtime.services)
            for table in app.tables.sorted_tables if app.tables is not None else ():
                spoil(runtime, table)
        with serving(create_app(runtime)) as address:
            yield Site(runtime, address)
        runtime.executor.stop()  # it was never started: nothing fires
        runtime.database.close()


def spoil(runtime: Runtime, table: Table) -> None:
    texts: dict[str, Any] = {
        one.name: literal(PAYLOAD).concat(one)  # each its own: some are unique
        for one in table.columns
        if one.name in THEIRS and isinstance(one.type, String) and not one.primary_key
    }
    if values := texts | STANDS.get(table.name, {}):
        with runtime.database.writing() as connection:
            connection.execute(update(table).values(**values))


@pytest.fixture(scope="module")
def keys(site: Site) -> dict[str, str]:
    return {"ada": site.sign_in("ada")}


def linked(site: Site) -> list[str]:
    return [rule.path for app in site.runtime.apps for rule in pages_of(app).rules if rule.link is not None]


def test_what_others_wrote_stays_words(site: Site, browser: Browser, keys: dict[str, str]) -> None:
    with Visit.begin(site, browser, keys) as visit:
        page, shown = visit.page(), set()
        for path in [*linked(site), "/apps/directory?q=script", "/"]:
            page.goto(path)
            if page.get_by_text("onerror").count():
                shown.add(path.partition("?")[0].removeprefix("/apps/"))
            assert page.locator("main img, main script").count() == 0, path
            assert page.evaluate("document.body.dataset.pwned") is None, path
    assert shown >= {"gamehost", "lokario", "agent", "directory"}, "they do show it"


def test_pages_of_apps_keep_nobody_out_and_fit_a_phone(site: Site, browser: Browser, keys: dict[str, str]) -> None:
    with Visit.begin(site, browser, keys) as visit:
        page, found = visit.page(size=SMALL, color_scheme="dark"), []
        for path in linked(site):
            if not path.startswith("/apps/notify"):  # has a test of its own
                page.goto(path)
                found += grave(page)
                assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        assert not found, "\n".join(found)


def test_pages_and_actions_of_apps_are_guarded_as_the_houses_own(site: Site, keys: dict[str, str]) -> None:
    rules = [rule for app in site.runtime.apps for rule in pages_of(app).rules]
    assert {rule.method for rule in rules} == {"GET", "POST"} and len(rules) > 15
    with site.client(None) as stranger, site.client(keys["ada"]) as ada:
        token = token_in(ada.get("/account").text)
        for rule in rules:
            refused = stranger.request(rule.method, rule.path)
            assert refused.status_code == (303 if rule.method == "GET" else 401), rule.path
            answer = guarded(ada, rule.method, rule.path, token)
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], rule.path
            assert "unsafe" not in answer.headers["content-security-policy"], rule.path


def guarded(ada: httpx.Client, method: str, path: str, token: str) -> httpx.Response:
    """What a page answers; of an action: it refuses a form without proof, and one that another site has sent."""
    if method == "GET":
        return ada.get(path)
    assert ada.post(path, data={"job": "x"}).status_code == 403, path
    answer = ada.post(path, data={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403, path
    return answer
