"""The pages of one job: looked at, asked, filled in, met by two at once."""

import json
import re
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Dialog, Page, expect

from orario.core.errors import Invalid
from orario.core.execution import State, Trigger
from orario.core.planning import Gap, Reason
from orario.dashboard.argfields import fields_of, read, texts_of
from orario.service.documents import JobChanges, JobDocument
from orario.service.ledger import Entry, LedgerFilter
from orario.store import gaps
from tests.dashboard.test_attacks import PAYLOAD
from tests.dashboard.test_pages import fits_a_phone, grave
from tests.dashboard.visiting import Site, Visit, send

JOB = "/jobs/warm-the-cache"
PATHS = (
    f"{JOB}?why=2026-03-29T02:30:00Z",
    f"{JOB}/definition",
    f"{JOB}/changes",
    f"{JOB}/edit",
    f"{JOB}/run",
    f"{JOB}/backfill",
    f"{JOB}/delete",
    "/jobs/new",
)


def made(site: Site, name: str, **more: object) -> str:
    """The slug of a new job of a task that takes `branch` and `dry_run`."""
    task = site.runtime.services.tasks.get("shop.warm_the_cache").id
    config = {"jobTypeId": 2, "scheduleConfig": {"expression": "0 4 * * *"}, "timezone": "Europe/Rome"}
    document = JobDocument.model_validate({"name": name, "taskFunctionId": task, **config, **more})
    return site.runtime.services.jobs.create(document, site.ada).job.slug


@pytest.fixture(scope="module", autouse=True)
def passed(site: Site) -> None:
    """Two gaps beside a day of executions."""
    now, job = site.runtime.clock.now(), site.runtime.services.jobs.get("warm-the-cache").job
    long = Gap(now - timedelta(hours=2), now - timedelta(hours=1), 7, Reason.PAUSED)
    short = Gap(now - timedelta(minutes=9), now - timedelta(minutes=9), 1, Reason.MISSED)
    with site.runtime.database.writing() as connection:
        gaps.record(connection, job.id, [long], now - timedelta(minutes=55))
        gaps.record(connection, job.id, [short], now - timedelta(minutes=8))


def test_nobody_is_kept_out_of_a_jobs_pages(visit: Visit) -> None:
    page, found = visit.page(), []
    for path in PATHS:
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert fits_a_phone(page), path
        found += grave(page)
        if path in (PATHS[0], f"{JOB}/delete"):
            page.emulate_media(color_scheme="dark")
            found += grave(page, "color-contrast")
            page.emulate_media(color_scheme="light")
    assert not found, "\n".join(found)


def test_the_page_leads_from_a_bar_to_its_run_and_from_a_gap_to_its_reason(visit: Visit) -> None:
    page = visit.page()
    page.goto(JOB)
    expect(page.get_by_text("every 10 minutes", exact=True)).to_be_visible()
    expect(page.locator('[data-region="job.schedule"] .fires li')).to_have_count(10)
    expect(page.get_by_text(re.compile("02:00 becomes 03:00"))).to_be_visible()
    expect(page.get_by_text("7 moments paused")).to_be_visible()
    page.get_by_label("Show").select_option("gaps")
    page.wait_for_url("**show=gaps**")
    expect(page.locator(".ledger tbody tr")).to_have_count(2)
    page.locator(".ledger tr.gap a").first.click()
    expect(page.locator(".answer")).to_contain_text("warm-the-cache")
    page.get_by_placeholder(re.compile("yesterday")).fill("the day before")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#why-problem")).to_contain_text("ISO 8601")
    page.goto(JOB)
    page.locator('[data-region="job.history"] svg a').last.click()
    page.wait_for_url("**/executions/*")


def test_the_ledger_shows_each_entry_once_however_it_is_paged(site: Site) -> None:
    ledger = site.runtime.services.ledger
    seen: list[Entry] = []
    cursor = None
    while True:
        page = ledger.of_job("warm-the-cache", LedgerFilter(), 20, cursor)
        seen += page.entries
        if (cursor := page.following) is None:
            break
    assert page.total == len(seen) > 100
    assert len({entry.execution.id if entry.execution else entry.gap for entry in seen}) == len(seen)
    assert [entry.at for entry in seen] == sorted((entry.at for entry in seen), reverse=True)
    failed = ledger.of_job("sync-stock-levels", LedgerFilter(states=(State.FAILED,)), 100)
    assert failed.total == len(failed.entries) and all(entry.gap is None for entry in failed.entries)
    for wrong in ("x", "..", f"{'a' * 32}.b", "." + "9" * 30):
        with pytest.raises(Invalid):
            ledger.of_job("warm-the-cache", LedgerFilter(), 20, wrong)


def test_a_job_is_made_changed_and_deleted_without_scripts(visit: Visit) -> None:
    page = visit.page(java_script_enabled=False)
    page.goto("/jobs")
    page.get_by_role("link", name="New job").click()
    page.get_by_role("link", name=re.compile("Expire carts")).click()
    page.get_by_label("Name", exact=True).fill("Half past")
    page.get_by_label("Cron expression").fill("30 25 * * *")
    page.get_by_label("branch").fill("north")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("Cron expression")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("branch")).to_have_value("north")
    page.get_by_label("Cron expression").fill("30 5 * * *")
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("very day at 05:30")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text(re.compile("Half past was made. It fires next at"))).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_text("When it fails").click()
    page.get_by_label("Tried again").fill("many")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_label("Tried again")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Tried again").fill("3")
    page.get_by_label("Time-out of each attempt").fill("1h 30m")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text(re.compile("Half past is changed"))).to_be_visible()
    job = visit.site.runtime.services.jobs.get("half-past").job
    assert job.args == {"branch": "north"} and job.policy.retry.count == 3 and job.version == 2
    assert job.policy.timeout == timedelta(minutes=90)
    page.get_by_label("More").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("Half past is deleted.")).to_be_visible()


def test_the_form_says_what_it_means_while_somebody_types(visit: Visit) -> None:
    slug = made(visit.site, "Typed at")
    page = visit.page()
    page.goto(f"/jobs/{slug}/edit")
    page.get_by_label("Cron expression").fill("15 6 * * mon")
    expect(page.locator("#preview")).to_contain_text("Monday")
    expect(page.locator("#preview")).to_contain_text("Saving changes 1 field")
    page.get_by_label("Cron expression").fill("99 6 * * mon")
    expect(page.locator("#preview")).to_contain_text("Cron expression:")
    page.get_by_text("Every so often").click()
    page.locator("[name=every]").fill("45m")
    expect(page.locator("#preview")).to_contain_text("very 45 minutes")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("Typed at is changed. It fires next at"))).to_be_visible()
    expect(page.locator('[data-region="job.schedule"]')).to_contain_text("very 45 minutes")


def test_what_two_people_change_at_once_is_kept_of_both(visit: Visit) -> None:
    slug, jobs = made(visit.site, "Met by two"), visit.site.runtime.services.jobs
    page = visit.page()
    page.goto(f"/jobs/{slug}/edit")
    page.get_by_label("What it is for").fill("Mine")
    theirs = JobChanges.model_validate({"retryCount": 4, "description": "Theirs"})
    jobs.change(slug, theirs, visit.site.ada)
    page.get_by_role("button", name="Save").last.click()
    met = page.get_by_role("alert")
    expect(met).to_contain_text("has changed this job since you opened it")
    expect(met).to_contain_text("Theirs")
    assert jobs.get(slug).job.description == "Theirs", "nothing is lost unseen"
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text(re.compile("Met by two is changed"))).to_be_visible()
    job = jobs.get(slug).job
    assert (job.description, job.policy.retry.count) == ("Mine", 4)


def test_a_run_is_asked_for_its_arguments_and_told_what_is_wrong_at_the_field(visit: Visit) -> None:
    page = visit.page("otto")
    page.goto("/jobs/import_products")
    page.get_by_role("link", name="Run now").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("pages").fill("few")
    dialog.get_by_role("button", name="Run now").click()
    expect(dialog.get_by_label("pages")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("pages")).to_be_focused()
    dialog.get_by_label("pages").fill("1")
    dialog.get_by_role("button", name="Run now").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(re.compile("Import products( was started| succeeded|:)")).first).to_be_visible()
    page.goto("/jobs/import_products?trigger=manual")
    expect(page.locator(".ledger")).to_contain_text("by hand")
    by_hand = LedgerFilter(trigger=Trigger.MANUAL)
    found = visit.site.runtime.services.ledger.of_job("import_products", by_hand, 1).entries[0].execution
    assert found is not None and found.args == {"pages": 1} and found.triggered_by == "otto"


def test_what_has_passed_is_shown_before_it_is_run(site: Site, ada: httpx.Client) -> None:
    slug = made(site, "Filled back")
    now = site.runtime.clock.now()
    since, until = ((now - timedelta(days=days)).isoformat(timespec="minutes")[:16] for days in (4, 1))
    path = f"/jobs/{slug}/backfill"
    before = send(ada, path, path, since=since, until=until, do="preview")
    assert "3 executions</b> would be opened" in before.text and 'Would run <span class="count">3<' in before.text
    assert site.runtime.services.ledger.of_job(slug, LedgerFilter()).total == 0
    assert send(ada, path, path, since=since, until=until, do="run").status_code == 303
    assert site.runtime.services.ledger.of_job(slug, LedgerFilter()).total == 3
    again = send(ada, path, path, since=since, until=until, do="preview").text
    assert "There is nothing to run" in again
    wrong = send(ada, path, path, since=until, until=since, do="run")
    assert wrong.status_code == 422 and "is before since" in wrong.text


def test_nothing_that_people_write_into_a_job_runs_on_its_pages(visit: Visit) -> None:
    slug = made(visit.site, PAYLOAD, slug="written", description=PAYLOAD, taskArgs={"branch": PAYLOAD})
    jobs = visit.site.runtime.services.jobs
    jobs.pause(slug, PAYLOAD, None, visit.site.ada)
    jobs.change(slug, JobChanges.model_validate({"description": PAYLOAD * 2}), visit.site.ada)
    page = visit.page()
    for path in ("", "/definition", "/changes", "/edit", "/run", "/backfill", "/delete"):
        page.goto(f"/jobs/written{path}")
        page.wait_for_timeout(50)
        assert page.evaluate("document.body.dataset.pwned") is None, path
        assert page.locator("main img").count() == 0
    page.goto("/jobs/written/edit")
    page.get_by_label("Name", exact=True).fill(PAYLOAD + "!")
    expect(page.locator("#preview")).to_contain_text("onerror")
    assert page.evaluate("document.body.dataset.pwned") is None


def test_a_job_that_was_deleted_can_be_brought_back(ada: httpx.Client) -> None:
    path = "/jobs/check-certificates"
    assert send(ada, f"{path}/delete", f"{path}/delete").status_code == 303
    gone = ada.get(path)
    assert gone.status_code == 404 and "Bring it back" in gone.text
    assert send(ada, f"{path}/reset", path).headers["location"].endswith(f"{path}/definition")
    back = ada.get(path)
    assert back.status_code == 200 and "Run now" in back.text
    assert ada.get("/jobs/never-heard-of").status_code == 404


def test_a_form_that_nobody_touched_changes_nothing(visit: Visit) -> None:
    args = {"branch": "\n first\nsecond\t", "dry_run": True}
    slug = made(visit.site, "Left alone", description="\na\r\nb\n", taskArgs=args, endAt="2031-01-01T10:00:00Z")
    page = visit.page(java_script_enabled=False)
    page.goto(f"/jobs/{slug}/edit")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    assert visit.site.runtime.services.jobs.get(slug).job.version == 1


def test_a_form_asks_before_it_is_left_with_something_typed(page: Page) -> None:
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.goto("/jobs")
    page.keyboard.press("/")
    page.keyboard.type("edit rotate")
    expect(page.get_by_role("option", name=re.compile("Edit Rotate keys"))).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/rotate_keys/edit")
    page.get_by_label("Short name").press("End")
    page.keyboard.type("-renamed")
    page.close(run_before_unload=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"] and not page.is_closed()
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/jobs/rotate_keys")
    assert len(asked) == 1, "to cancel is to say so"


def test_a_viewer_sees_a_job_and_nothing_to_do_to_it(vera: httpx.Client) -> None:
    html = vera.get(JOB).text
    assert "Every 10 minutes" in html or "every 10 minutes" in html
    assert not re.search(r"/(run|pause|edit|delete|backfill|changes)[\"?]", html)
    assert "reset" not in vera.get(f"{JOB}/definition").text


def test_fields_hold_whatever_a_schema_says_and_give_it_back() -> None:
    schema = {
        "$defs": {"Kind": {"enum": ["a", "b"], "type": "string"}},
        "properties": {
            "kind": {"$ref": "#/$defs/Kind"},
            "count": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
            "share": {"type": "number"},
            "text": {"type": "string", "default": "all"},
            "dry": {"type": "boolean", "default": True},
            "list": {"type": "array", "items": {"type": "string"}},
            "any": {},
        },
        "required": ["kind", "share"],
        "additionalProperties": False,
    }
    for args in (
        {"kind": "b", "count": 3, "share": 0.5, "text": "x\ny", "dry": False, "list": ["a"], "any": {"b": [1, None]}},
        {"kind": "a", "share": 2, "text": "", "any": "********"},
        {"kind": {"$secret": "which"}, "count": "${secret:n}", "share": 1, "dry": "${secret:d}"},
        {"share": 1, "unknown": {"deep": True}},
        {},
    ):
        assert read(schema, texts_of(fields_of(schema, args))) == args, args
        assert read(None, texts_of(fields_of(None, args))) == args
    with pytest.raises(Invalid) as refused:
        read(schema, {"arg:share": "half", "arg:count": "1.5.2", "json:any": "{", "args": json.dumps([1])})
    assert {one.loc for one in refused.value.problems} == {
        ("taskArgs", "share"),
        ("taskArgs", "count"),
        ("taskArgs", "any"),
        ("taskArgs",),
    }
