"""Queues, secrets, calendars, the audit and the settings: looked at, changed, and closed to who may not."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.visiting import Site, send


def test_a_queue_is_made_narrow_held_and_let_go_on(site: Site, page: Page) -> None:
    page.goto("/queues")
    page.get_by_role("link", name="Change books").click()
    page.get_by_label("Width").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="books")).to_contain_text("0 of 3")
    page.get_by_role("button", name="Hold books").click()
    page.get_by_role("dialog").get_by_role("button", name="Hold").click()
    expect(page.get_by_role("row", name="books")).to_contain_text("held")
    page.get_by_role("button", name="Let books go on").click()
    expect(page.get_by_role("row", name="books")).not_to_contain_text("held")
    assert {one.name: one.width for one in site.runtime.services.cluster.queues()}["books"] == 3


def test_a_secret_goes_in_and_never_comes_out(site: Site, page: Page, vera: httpx.Client) -> None:
    page.goto("/secrets")
    page.get_by_role("link", name="New secret").click()
    page.get_by_label("Name").fill("till_token")
    page.get_by_label("Value").fill("s3cr3t-of-the-till")
    page.get_by_label("What for").fill("The till <b>of the shop</b>")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_role("row", name="till_token")).to_contain_text("The till <b>of the shop</b>")
    page.get_by_role("link", name="Give till_token another value").click()
    assert "s3cr3t" not in page.content()
    page.goto("/audit")
    expect(page.get_by_text("secret.set").first).to_be_visible()
    assert "s3cr3t" not in page.content()
    page.goto("/secrets")
    page.get_by_role("button", name="Delete till_token").click()
    page.get_by_role("dialog").locator(".main").click()
    expect(page.get_by_text("No secrets yet")).to_be_visible()
    assert {vera.get(path).status_code for path in ("/secrets", "/settings", "/audit")} == {403}


def test_dates_are_left_out_by_name(site: Site, page: Page, ada: httpx.Client) -> None:
    page.goto("/calendar")
    page.get_by_role("link", name="New calendar").click()
    page.get_by_label("Name").fill("holidays")
    page.get_by_role("textbox", name="Dates").fill("2030-12-25\n2030-12-26")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="holidays")).to_contain_text("2030-12-25")
    refused = send(ada, "/calendar/dates", "/calendar", name="holidays", dates="someday")
    assert (refused.status_code, "2030-12-25, one a line" in refused.text) == (422, True)
    page.get_by_role("button", name="Delete holidays").click()
    page.get_by_role("dialog").locator(".main").click()
    expect(page.get_by_text("No calendars yet")).to_be_visible()


def test_settings_are_read_without_their_secrets(page: Page) -> None:
    page.goto("/settings")
    row = page.get_by_role("row", name="ORARIO_KEY")
    expect(row).to_contain_text("********")
    assert "of the tests" not in page.content()


@pytest.mark.parametrize("path", ["/queues", "/instances", "/calendar", "/calendar?day=nonsense"])
def test_whoever_may_look_sees_how_things_stand(vera: httpx.Client, path: str) -> None:
    answer = vera.get(path)
    assert answer.status_code == 200
    assert "Change" not in answer.text
