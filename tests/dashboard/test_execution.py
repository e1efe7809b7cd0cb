"""The page of an execution, and the list of them: followed, searched, cancelled, run again, taken along."""

import io
import json
import zipfile

import httpx
from playwright.sync_api import Page, expect

from orario.core.execution import Execution, State
from tests.dashboard.visiting import Site, Visit, send

JOB = "read_the_journal"


def start(site: Site, **args: object) -> Execution:
    return site.runtime.services.jobs.trigger(JOB, site.ada, args)


def ended(site: Site, **args: object) -> Execution:
    found = site.runtime.services.executions.wait(start(site, **args).id, 60)
    assert found.state.is_final
    return found


def shown_numbers(page: Page) -> list[int]:
    said = page.locator(".log .said").evaluate_all("all => all.map(one => one.firstChild.textContent)")
    return [int(one.split()[1]) for one in said]


def test_a_log_is_followed_without_losing_a_line_over_a_cut(site: Site, visit: Visit) -> None:
    page, one = visit.page(), start(site, lines=2500, seconds=6)
    page.goto(f"/executions/{one.id}")
    expect(page.locator(".badge").first).to_have_text("running")
    expect(page.locator(".log li").nth(300)).to_be_attached()
    page.context.set_offline(True)  # cuts what is open, and lets nothing new through
    page.wait_for_timeout(700)
    page.context.set_offline(False)
    expect(page.locator(".badge").first).to_have_text("success", timeout=40_000)
    expect(page.locator(".log li").last).to_contain_text("entry 2499")
    numbers = shown_numbers(page)
    assert numbers == list(range(numbers[0], 2500))
    assert page.evaluate("document.querySelector('.log img') === null")
    box = page.locator(".log").evaluate("one => [one.scrollTop + one.clientHeight, one.scrollHeight]")
    assert box[1] - box[0] < 40  # it has followed
    visit.complaints[:] = [said for said in visit.complaints if "ERR_INTERNET_DISCONNECTED" not in said]


def test_a_long_log_is_read_from_both_ends(site: Site, page: Page) -> None:
    one = ended(site, lines=5500, seconds=0.1)
    page.goto(f"/executions/{one.id}")
    expect(page.locator(".log li").last).to_contain_text("entry 5499")
    for _ in range(40):
        if shown_numbers(page)[0] < 900:
            break
        page.locator(".log").evaluate("one => { one.scrollTop = 0 }")
        page.wait_for_timeout(120)
    numbers = shown_numbers(page)
    assert numbers[0] < 900 and len(numbers) <= 4500, "no more than can be scrolled is held"
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    page.get_by_label("Level").select_option("ERROR")
    expect(page.locator(".log li").last).to_contain_text("entry 5499")
    expect(page.locator(".log li")).to_have_count(55)
    page.get_by_label("Search the log").fill('"number": 4199')  # in the details
    expect(page.locator(".log li")).to_have_count(1)
    expect(page.locator(".log li")).to_contain_text("number=4199")
    page.locator(".log summary").click()
    expect(page.locator(".log pre")).to_contain_text('"number": 4199')


def test_a_failure_is_told_run_again_and_taken_along(site: Site, page: Page, ada: httpx.Client) -> None:
    one = ended(site, lines=3, seconds=0, fail=True)
    page.goto("/executions?state=failed&q=journal")
    page.get_by_role("link", name="Read the journal").first.click()
    expect(page.get_by_role("region", name="Error")).to_contain_text("LookupError: the journal has no page <7>")
    page.get_by_role("link", name="Run again").click()
    page.get_by_role("textbox", name="Arguments").fill('{"lines": "many"}')
    page.get_by_role("dialog").get_by_role("button", name="Run again").click()
    expect(page.get_by_role("status")).to_contain_text("lines")
    page.get_by_role("textbox", name="Arguments").fill('{"lines": 2, "seconds": 0}')
    page.get_by_role("dialog").get_by_role("button", name="Run again").click()
    page.wait_for_url(lambda address: str(one.id) not in address)
    expect(page.locator(".badge").first).to_have_text("success")
    expect(page.get_by_role("region", name="Result")).to_contain_text("<script>alert(1)</script>")
    file = zipfile.ZipFile(io.BytesIO(ada.get(f"/executions/{one.id}/bundle.zip").content))
    assert "LookupError" in json.loads(file.read("execution.json"))["error_message"]
    assert b"entry 2" in file.read("log.txt") and json.loads(file.read("environment.json"))["orario"]
    assert "entry 2" in ada.get(f"/executions/{one.id}/log.txt").text


def test_what_runs_is_cancelled_and_viewers_only_look(site: Site, page: Page, vera: httpx.Client) -> None:
    one = start(site, lines=100, seconds=300)
    path = f"/executions/{one.id}"
    assert "Cancel" not in vera.get(path).text
    assert send(vera, f"{path}/cancel", path).status_code == 403
    page.goto(path)
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel it").click()
    expect(page.locator(".badge").first).to_have_text("cancelled")
    assert site.runtime.services.executions.get(one.id).state is State.CANCELLED


def test_without_scripts_the_log_is_paged(site: Site, visit: Visit) -> None:
    one = ended(site, lines=1200, seconds=0.1)
    page = visit.page(java_script_enabled=False)
    page.goto(f"/executions/{one.id}")
    expect(page.locator(".log li")).to_have_count(500)
    page.get_by_role("link", name="Earlier lines").click()
    expect(page.locator(".log li").first).to_contain_text("entry 200 ")
    page.get_by_role("link", name="Latest lines").click()
    expect(page.locator(".log li").last).to_contain_text("entry 1199 ")


def test_an_execution_that_is_not_there_is_a_page_that_says_so(ada: httpx.Client) -> None:
    for path in ("/executions/x", "/executions/00000000-0000-0000-0000-000000000000/log"):
        assert ada.get(path).status_code == 404
    assert ada.get("/executions?state=nonsense&before=%00&since=yesterday").status_code == 200
