"""The page of the API in a browser: its description is read, and its calls are really made."""

import json

from playwright.sync_api import Locator, Page, expect

from orario.service.people import Role
from tests.dashboard.visiting import Site, Visit

JOBS = "/api/v1/scheduler/jobs"


def test_the_example_of_a_new_job_is_created_and_deleted_again(site: Site, visit: Visit) -> None:
    page = visit.page(None)
    page.goto("/docs")
    token = site.runtime.services.people.create_token("of the page of the API", Role.ADMIN, site.ada)[1]
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Use").click()
    form = opened(page, "post", JOBS)
    example = json.loads(form.get_by_label("Body").input_value())
    # On a fresh server this is task 1, as the example has it; here another app came first.
    task = site.runtime.services.tasks.get("http.request").id
    form.get_by_label("Body").fill(json.dumps({**example, "taskFunctionId": task}))
    created = json.loads(answered(form, "201", '"nextRunTime"'))
    form = opened(page, "delete", f"{JOBS}/{{job_id}}")
    form.get_by_label("job_id").fill(created["id"])
    answered(form, "204", "")


def test_who_is_refused_is_told_what_to_do(visit: Visit) -> None:
    page = visit.page(None)
    page.goto("/docs")
    answered(opened(page, "get", JOBS), "401", "Send a token")


def opened(page: Page, method: str, path: str) -> Locator:
    """The form of one endpoint."""
    one = page.locator("main details[data-words]").filter(has=page.get_by_text(path, exact=True))
    one = one.filter(has=page.locator(f"summary .method.{method}"))
    one.locator("> summary").click()
    return one.locator("form.try")


def answered(form: Locator, status: str, words: str) -> str:
    """What comes back when it is sent."""
    form.get_by_role("button").click()
    answer = form.get_by_role("status")
    expect(answer.locator("p")).to_contain_text(f"{status} ")
    expect(answer.locator("pre")).to_contain_text(words)
    return answer.locator("pre").inner_text()
