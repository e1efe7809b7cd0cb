"""The page of people and tokens: what is shown once, what is taken back, and who may not see it."""

import re

import httpx
from playwright.sync_api import expect

from tests.dashboard.visiting import Visit


def test_an_administrator_lets_somebody_in_once_and_keeps_them_out_again(visit: Visit) -> None:
    page, guest = visit.page(), visit.page(None)
    page.goto("/people")
    page.get_by_role("link", name="New person").click()
    page.locator("dialog [name=name]").fill("maria")
    page.get_by_role("button", name="Make, and show the link").click()
    link = page.locator("#shown").inner_text()
    assert link.startswith(f"{visit.site.address}/sign-in/once?key=")
    guest.goto(link)
    guest.get_by_role("button").first.click()
    expect(guest.get_by_role("heading", name="Your account")).to_be_visible()
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("combobox", name="Role of maria").select_option("operator")
    page.get_by_role("button", name="Set the role of maria").click()
    expect(page.get_by_text("maria is an operator from now on.")).to_be_visible()
    page.get_by_role("button", name="Keep maria out").click()
    page.get_by_role("dialog").get_by_role("button", name="Yes").or_(page.locator("dialog .main")).first.click()
    expect(page.get_by_text("kept out since")).to_be_visible()
    guest.goto("/jobs")
    expect(guest.get_by_role("heading", name="Sign in to Orario")).to_be_visible()
    visit.site.runtime.services.users.remove("maria", visit.site.ada)


def test_a_token_is_shown_once_works_and_is_refused_once_it_is_revoked(visit: Visit) -> None:
    page = visit.page()
    page.goto("/tokens/new")
    page.locator("[name=name]").fill("deploy pipeline")
    page.get_by_role("button", name="Make, and show it").click()
    token = page.locator("#shown").inner_text()
    headers = {"Authorization": f"Bearer {token}"}
    asked = f"{visit.site.address}/api/v1/scheduler/jobs"
    assert httpx.get(asked, headers=headers).status_code == 200
    page.goto("/people")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke deploy pipeline").click()
    page.locator("dialog .main").click()
    expect(page.get_by_text(re.compile("revoked")).first).to_be_visible()
    expect(page.get_by_role("button", name="Revoke deploy pipeline")).to_have_count(0)
    assert httpx.get(asked, headers=headers).status_code == 401


def test_a_viewer_sees_neither_people_nor_tokens(vera: httpx.Client) -> None:
    assert vera.get("/people").status_code == vera.get("/tokens/new").status_code == 403
    assert "People and tokens" not in vera.get("/").text
