"""The pages of notices: channels that are made, tested and deleted, rules, and what was told to whom."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from orario.asgi import create_app
from orario.runtime import Runtime, load_apps
from orario.service import passwords
from orario.settings import Settings
from tests.api.serving import serving
from tests.apps.notify.servers import SECRET, Receiver, webhook
from tests.dashboard.believable import furnish, make_shop
from tests.dashboard.test_pages import grave
from tests.dashboard.visiting import SMALL, Site, Visit


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: the app knows one Orario at a time."""
    url = f"sqlite:///{tmp_path_factory.mktemp('notices')}/orario.db"
    settings = Settings(database_url=url, key="of the tests", timezone="Europe/Rome", drain_seconds=0.1)
    runtime = Runtime(settings, [make_shop(), *load_apps(["notify"])])
    runtime.prepare()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_COST", 16)
        furnish(runtime, hours=1)
        runtime.start()
        with serving(create_app(runtime)) as address:
            yield Site(runtime, address)
    runtime.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook() as receiver:
        yield receiver


@pytest.fixture
def visitor(told: Site, browser: Browser) -> Iterator[Visit]:
    with Visit.begin(told, browser, {name: told.sign_in(name) for name in ("ada", "vera")}) as begun:
        yield begun


def make_channel(page: Page, name: str, address: str) -> None:
    page.goto("/apps/notify/channels/edit")
    page.locator("[name=name]").fill(name)
    page.locator("[name=kind]").select_option("webhook")
    page.locator("[name=url]").fill(address)
    page.locator("[name=signingSecret]").fill(SECRET)
    page.get_by_role("button", name="Save").click()


def test_a_channel_is_made_tested_and_deleted_and_never_shows_its_address(visitor: Visit, receiver: Receiver) -> None:
    page = visitor.page()
    page.goto("/apps/notify/notices")
    expect(page.get_by_role("heading", name="Nobody is told anything yet")).to_be_visible()
    make_channel(page, "on-call", "not an address")
    expect(page.get_by_text("must start with http:// or https:// and name a host")).to_be_visible()
    page.locator("[name=url]").fill(f"{receiver.url}secret-path")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/apps/notify/channels")
    expect(page.get_by_text("not tried yet")).to_be_visible()
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text(re.compile("on-call took the test in"))).to_be_visible()
    expect(page.get_by_text("works", exact=True)).to_be_visible()
    assert receiver.kinds == ["test"]
    page.goto("/apps/notify/channels/edit?name=on-call")
    assert "secret-path" not in page.content() and SECRET not in page.content()
    page.locator("[name=url]").fill("http://127.0.0.1:9/")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text(re.compile("on-call did not take the test"))).to_be_visible()
    page.reload()
    expect(page.get_by_text("refuses")).to_be_visible()
    page.goto("/apps/notify/notices?status=failed")
    page.get_by_role("link", name=re.compile("This is a test of the channel")).click()
    expect(page.get_by_text("no answer").first).to_be_visible()
    page.goto("/apps/notify/channels/edit?name=on-call")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No channel yet")).to_be_visible()


def test_the_page_of_a_job_says_which_rule_speaks_and_why_nobody_was_told_yet(
    visitor: Visit, receiver: Receiver
) -> None:
    page, services = visitor.page(), visitor.site.runtime.services
    make_channel(page, "team", receiver.url)
    page.wait_for_url("**/apps/notify/channels")
    page.goto("/apps/notify/rules/edit?job=read_the_journal")
    page.locator("[name=name]").fill("patient")
    page.locator("[name=failures]").fill("2")
    page.get_by_label("These channels").check()
    page.get_by_label("team", exact=True).check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/apps/notify/rules")
    expect(page.get_by_text("2 failures in a row")).to_be_visible()
    failing = {"lines": 2, "seconds": 0, "fail": True}
    services.executions.wait(services.jobs.trigger("read_the_journal", visitor.site.ada, failing).id, 10)
    page.goto("/jobs/read_the_journal")
    expect(page.get_by_text("not told yet: 1 of 2 in a row that the rule patient waits for")).to_be_visible()
    services.executions.wait(services.jobs.trigger("read_the_journal", visitor.site.ada, failing).id, 10)
    receiver.wait(1)
    page.goto("/apps/notify/notices?job=read_the_journal")
    page.get_by_role("link", name=re.compile("Read the journal failed, 2 times in a row")).click()
    expect(
        page.get_by_text("Run it again", exact=False).or_(page.get_by_text("orario executions")).first
    ).to_be_visible()
    expect(page.locator("pre")).to_contain_text("the journal has no page <7>")


def test_pages_of_notices_keep_nobody_out_and_fit_a_phone(visitor: Visit) -> None:
    page = visitor.page(size=SMALL)
    for path in ("notices", "channels", "rules", "channels/edit", "rules/edit"):
        page.goto(f"/apps/notify/{path}")
        assert not grave(page), grave(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path


def test_a_viewer_reads_notices_and_changes_nothing(visitor: Visit) -> None:
    page = visitor.page("vera")
    page.goto("/apps/notify/channels")
    expect(page.get_by_role("heading", name="Channels")).to_be_visible()
    assert page.get_by_text("New channel").count() == page.get_by_role("button", name="Test").count() == 0
    page.goto("/apps/notify/channels/edit")
    expect(page.get_by_text("This needs the role admin")).to_be_visible()
