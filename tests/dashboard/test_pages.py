"""Every page, as people see it: large and small, light and dark, with a keyboard, by a screen reader."""

import re
from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, Route, expect

from tests.dashboard.visiting import LARGE, SMALL, Visit

GRAVE = {"serious", "critical"}
_AXE = Axe()
_SHORTENED = """() => document.querySelectorAll("tbody, ul, ol, select, datalist, .bars").forEach(
    (list) => [...list.children].slice(12).forEach((one) => one.remove()))"""
BESIDE = ("/account", "/jobs/sync-stock-levels/run", "/jobs/sync-stock-levels/pause", "/jobs?group=state&sort=-next")


def paths(page: Page) -> Sequence[str]:
    """Whatever the navigation leads to, and some pages beside it."""
    page.goto("/")
    links = page.locator("nav[aria-label=Pages] a").evaluate_all("found => found.map(one => one.pathname)")
    return [*links, *BESIDE]


def grave(page: Page, *rules: str, is_whole: bool = False) -> list[str]:
    """What axe-core finds serious; by some of its rules, or by all.

    A list's rows come from one template: of fifty that are alike a dozen are looked at, and the navigation, which is
    the same everywhere, only where the page is wanted whole.
    """
    only = {"runOnly": list(rules)} if rules else {}
    page.evaluate(_SHORTENED)
    looked_at = None if is_whole else {"exclude": [[".side"]]}
    options = {"resultTypes": ["violations"], "iframes": False, "preload": False, **only}
    found = _AXE.run(page, looked_at, options).response["violations"]
    return [
        f"{page.url} {one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')[:300]}"
        for one in found
        if one["impact"] in GRAVE
    ]


def fits_a_phone(page: Page) -> bool:
    """Whether nothing of it is wider; the page is as large as before in the end."""
    page.set_viewport_size({"width": SMALL[0], "height": SMALL[1]})
    is_fit = bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
    page.set_viewport_size({"width": LARGE[0], "height": LARGE[1]})
    return is_fit


def test_no_page_keeps_anybody_out_or_is_wider_than_a_phone(page: Page) -> None:
    found = []
    for path in paths(page):
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert fits_a_phone(page), path
        found += grave(page, is_whole=path == "/")
        if path in ("/", "/jobs", "/account"):
            page.emulate_media(color_scheme="dark")
            found += grave(page, "color-contrast")
            page.emulate_media(color_scheme="light")
    assert not found, "\n".join(found)


def test_a_phone_has_the_navigation_in_a_menu(visit: Visit) -> None:
    page = visit.page(size=SMALL)
    page.goto("/")
    page.get_by_label("Menu").click()
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()


def test_pages_read_well_without_scripts(visit: Visit) -> None:
    page = visit.page(java_script_enabled=False)
    for path in ("/", "/jobs", "/account"):
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
    page.goto("/jobs")
    page.get_by_role("searchbox").fill("stock")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("link", name="Sync stock levels", exact=True)).to_be_visible()
    page.get_by_label("Choose Sync stock levels").check()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text("1 job paused.")).to_be_visible()
    page.get_by_role("link", name="Resume Sync stock levels").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Sync stock levels goes on.")).to_be_visible()


def test_a_person_signs_in_comes_where_they_wanted_to_and_out_again(visit: Visit) -> None:
    page = visit.page(None)
    page.goto("/jobs?state=paused")
    expect(page.get_by_role("heading", name="Sign in to Orario")).to_be_visible()
    page.get_by_label("Name").fill("otto")
    page.get_by_label("Password").fill("not it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The name or the password is wrong.")).to_be_visible()
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs?state=paused")
    expect(page.get_by_role("link", name="Send newsletter", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


def test_a_job_is_found_and_run_by_keyboard_alone(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("run rotate")
    expect(page.get_by_role("option", name=re.compile("Run Rotate keys"))).to_be_visible()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("Rotate keys")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("run rotate")
    expect(page.get_by_role("option", name=re.compile("Run Rotate keys"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Run now")).to_be_visible()
    dialog.get_by_role("button", name="Run now").press("Enter")
    expect(page.get_by_text("Rotate keys succeeded")).to_be_visible()


def test_enter_means_what_is_typed_and_not_what_was_found_before(page: Page) -> None:
    page.goto("/")

    def late(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/palette?q=*", late)
    page.keyboard.press("/")
    page.keyboard.type("run rotate")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("Rotate keys")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("run expire carts")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading")).to_contain_text("Expire carts")
    assert page.url.endswith("/")


def test_the_overview_follows_what_happens(visit: Visit) -> None:
    page = visit.page()
    page.goto("/")
    expect(page.locator("[data-live]")).to_have_text("live")
    visit.site.runtime.services.jobs.trigger("resize_pictures", visit.site.ada)
    expect(page.locator('[data-region="overview.running"]')).to_contain_text("Resize pictures")


def test_what_is_pointed_at_stays_where_it_is(visit: Visit) -> None:
    page = visit.page()
    page.goto("/jobs?q=expire")
    row = page.get_by_role("link", name="Expire carts", exact=True)
    row.hover()
    visit.site.runtime.services.jobs.pause("expire-carts", "held", None, visit.site.ada)
    page.wait_for_timeout(4500)
    assert page.get_by_text("paused", exact=True).count() == 0
    page.mouse.move(5, 5)
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    visit.site.runtime.services.jobs.resume("expire-carts", visit.site.ada)


def test_a_viewer_sees_no_button_that_would_be_refused(visit: Visit) -> None:
    page = visit.page("vera")
    page.goto("/jobs")
    expect(page.get_by_role("link", name="Expire carts", exact=True)).to_be_visible()
    assert page.get_by_title("Run now").count() == page.locator("input[type=checkbox]").count() == 0
