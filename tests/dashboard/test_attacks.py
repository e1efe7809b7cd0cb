"""What other people's pages, names and cookies try, and what comes of it."""

import html
import re
from datetime import date

import httpx
import pytest
from playwright.sync_api import expect

from orario.dashboard.site import own_pages
from orario.service.documents import JobDocument
from orario.service.people import Role
from orario.service.secrets import SecretDocument
from tests.dashboard.visiting import COOKIE, Site, Visit, send, token_in

PAYLOAD = '"><script>document.body.dataset.pwned="1"</script><img src=x onerror=document.body.dataset.pwned=1>'
RULES = [rule for pages in own_pages() for rule in pages.rules]
PLACES = {"ref": "expire-carts", "id": "0190a6f2-8c1e-7d3a-9f00-3c5b1e2d4a6f", "name": "default"}


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: PLACES.get(found[1], "x"), path)


def test_nobody_comes_in_without_signing_in(stranger: httpx.Client) -> None:
    for rule in RULES:
        if rule.role is None:
            continue
        answer = stranger.request(rule.method, filled(rule.path))
        assert answer.status_code == (303 if rule.method == "GET" else 401), rule.path
        assert "Expire carts" not in answer.text
    assert stranger.get("/live").status_code == 303
    assert stranger.get("/live/once", headers={"Accept": "application/json"}).status_code == 401


def test_nobody_does_more_than_their_role_allows(vera: httpx.Client) -> None:
    token = token_in(vera.get("/account").text)
    for rule in RULES:
        if rule.role in (None, Role.VIEWER):
            continue
        data = {"csrf": token} if rule.method == "POST" else None
        assert vera.request(rule.method, filled(rule.path), data=data).status_code == 403, rule.path
    assert vera.get("/live/once?r=nothing::").status_code == 404


def test_a_form_without_its_proof_is_refused(
    site: Site, ada: httpx.Client, vera: httpx.Client, stranger: httpx.Client
) -> None:
    others = token_in(vera.get("/account").text)
    for token in ("", "x", others, token_in(stranger.get("/sign-in").text)):
        for path in ("/jobs/expire-carts/pause", "/account/password", "/sign-out", "/looked"):
            assert ada.post(path, data={"csrf": token}).status_code == 403
    assert ada.get("/jobs").status_code == 200, "still signed in"
    assert site.runtime.services.jobs.get("expire-carts").job.pause is None


def test_a_request_that_another_site_has_caused_is_refused(ada: httpx.Client) -> None:
    token = token_in(ada.get("/account").text)
    for told in ("cross-site", "same-site"):
        answer = ada.post("/looked", data={"csrf": token}, headers={"Sec-Fetch-Site": told})
        assert answer.status_code == 403
    assert ada.post("/looked", json={"csrf": token}).status_code == 415


def test_the_cookie_opens_no_door_of_the_api(ada: httpx.Client) -> None:
    assert ada.get("/api/v1/scheduler/jobs").status_code == 401


def test_a_session_that_was_planted_is_worth_nothing(site: Site) -> None:
    planted = "p" * 43
    with httpx.Client(base_url=site.address, cookies={COOKIE: planted}) as client:
        assert client.get("/jobs").status_code == 303
        answer = send(client, "/sign-in", "/sign-in", name="vera", password="correct horse battery", next="/jobs")
        assert answer.status_code == 303, answer.text
        fresh = answer.headers["set-cookie"]
    assert planted not in fresh and site.runtime.services.sessions.of(planted) is None
    assert all(word in fresh for word in ("HttpOnly", "SameSite=lax", "Path=/"))


def test_behind_tls_the_cookie_is_bound_to_the_host_and_to_tls(site: Site) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    with httpx.Client(base_url=site.address, headers=headers) as client:
        visit = client.get("/sign-in")
        cookie = {"orario_visit": visit.cookies["orario_visit"]} if visit.cookies else {}
        known = re.search(r"orario_visit=([^;]+)", visit.headers["set-cookie"])
        assert known is not None and (cookie or "Secure" in visit.headers["set-cookie"])
        data = {"csrf": token_in(visit.text), "name": "vera", "password": "correct horse battery"}
        answer = client.post("/sign-in", data=data, headers={"Cookie": f"orario_visit={known[1]}"})
    assert re.search(r"__Host-orario=\S+; .*Secure", answer.headers["set-cookie"]), answer.headers


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(site: Site, onward: str) -> None:
    with site.client(None) as client:
        answer = send(client, "/sign-in", "/sign-in", name="vera", password="correct horse battery", next=onward)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_no_page_may_be_framed_or_load_anything_foreign(ada: httpx.Client) -> None:
    pages = [filled(rule.path) for rule in RULES if rule.method == "GET"]
    for path in (*pages, "/nothing/here"):
        headers = ada.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"] and headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


def test_names_and_words_of_others_stay_words(visit: Visit, site: Site) -> None:
    services, ada = site.runtime.services, site.ada
    task = services.tasks.get("http.request").id
    body = {"name": PAYLOAD[:200], "slug": "hostile", "taskFunctionId": task, "jobTypeId": 4, "scheduleConfig": {}}
    document = JobDocument.model_validate(
        body | {"taskArgs": {"url": "http://127.0.0.1:9/x"}, "description": PAYLOAD}
    )
    services.jobs.create(document, ada)
    services.jobs.pause("hostile", PAYLOAD, None, ada)
    services.jobs.resume("hostile", ada)
    services.executions.wait(services.jobs.trigger("hostile", ada).id, 10)
    services.jobs.pause("hostile", PAYLOAD, None, ada)
    services.secrets.put("hostile", SecretDocument.model_validate({"value": PAYLOAD, "description": PAYLOAD}), ada)
    services.schedules.put_calendar("hostile", PAYLOAD, [date(2030, 1, 1)], ada)
    services.people.create_token(PAYLOAD[PAYLOAD.index("<img") :], Role.VIEWER, ada)
    page = visit.page()
    for path in (
        "/",
        "/jobs?q=script",
        "/jobs/hostile/run",
        "/jobs/hostile/resume",
        "/executions?job=hostile",
        "/audit",
        "/secrets",
        "/calendar",
        "/people",
        f"/jobs?q={PAYLOAD}",
        "/account",
    ):
        page.goto(path)
        page.wait_for_timeout(200)
        assert page.evaluate("document.body.dataset.pwned") is None, path
        assert page.locator("img").count() == 0, path
        assert page.get_by_text("onerror").count() > 0 or path in {"/", "/account"}, f"{path} does not show it"
    page.goto("/jobs?q=hostile")
    expect(page.get_by_text("onerror").first).to_be_visible()
    assert html.escape(PAYLOAD[:60]) not in page.title()
    page.keyboard.press("/")
    page.keyboard.type("hostile")
    expect(page.get_by_role("option", name=re.compile("<script>"))).to_be_visible()
    assert page.evaluate("document.body.dataset.pwned") is None
    services.schedules.delete_calendar("hostile", ada)
    services.secrets.delete("hostile", ada)
    services.jobs.delete("hostile", ada)


def test_the_policy_holds_even_where_a_script_slips_in(visit: Visit) -> None:
    page = visit.page()
    page.goto("/account")
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'document.body.dataset.pwned = 1';
        document.body.append(script);
    }""")
    assert page.evaluate("document.body.dataset.pwned") is None
    assert "Content Security Policy" in visit.complaints.pop()
