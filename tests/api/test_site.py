"""What stands beside the API: health, pages, headers; and an Orario inside somebody else's application."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from orario.app import App
from orario.cli.inside import Inside
from orario.service.people import Role
from orario.web import Router, public
from tests.api.serving import serving
from tests.api.shop import make_shop
from tests.api.site import NATIVE, ORIGIN, Site, standing_site

PAGES = ["/sign-in", "/docs", "/docs/docs.css", "/docs/docs.js"]


@pytest.fixture
def anybody(site: Site) -> httpx.Client:
    return site.client(None, prefix="")


def test_probes_need_no_token(site: Site, anybody: httpx.Client) -> None:
    assert anybody.get("/healthz").json() == {"status": "ok"}
    assert anybody.head("/healthz").status_code == 200
    answer = anybody.get("/readyz")
    assert answer.status_code == 503, "nobody leads: the engine is not started"
    assert answer.json() == {"status": "not ready", "reasons": ["no instance leads yet"]}


@pytest.mark.parametrize(
    "path", [*PAGES, "/healthz", "/readyz", "/openapi.json", NATIVE + "/jobs", "/nowhere", NATIVE]
)
def test_every_answer_carries_the_safe_headers(anybody: httpx.Client, path: str) -> None:
    headers = anybody.get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert headers["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(anybody: httpx.Client, path: str) -> None:
    text = anybody.get(path).text
    assert not re.findall(r"https?://|//cdn|@import|\burl\(", text)
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|style=|javascript:|innerHTML|\beval\b", text)
    for link in re.findall(r'(?:src|href)="([^"#]+)"', text):
        assert anybody.get("/" + link.lstrip("/")).status_code in (200, 503), link


def test_a_path_that_is_not_there_is_a_404_in_a_sentence(anybody: httpx.Client) -> None:
    for path in ("/nowhere", "/docs/secret.txt", "/docs/..%2fsite.py", "/api/v1"):
        answer = anybody.get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing at this path"})


def test_the_description_is_open_on_the_own_machine_only(site: Site, anybody: httpx.Client) -> None:
    assert anybody.get("/openapi.json").status_code == 200
    assert anybody.get("/openapi.json", headers={"Host": "evil.example"}).status_code == 403
    elsewhere = site.client(None, prefix="", origin="http://192.0.2.7:8000")
    assert elsewhere.get("/openapi.json").status_code == 401
    assert site.client(Role.VIEWER, prefix="", origin="http://192.0.2.7:8000").get("/openapi.json").status_code == 200


def test_big_answers_are_compressed_and_small_ones_are_not(site: Site) -> None:
    with serving(site.app) as address, httpx.Client(base_url=address) as client:
        assert client.get("/openapi.json").headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in client.get("/healthz").headers
        plain = client.get("/openapi.json", headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers and plain.json()["openapi"]


def test_an_unexpected_fault_is_a_500_that_tells_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    router = Router()

    @router.get("/broken", dependencies=[public()])
    def broken() -> None:
        raise RuntimeError("the secret is hunter2")

    with standing_site(tmp_path, App("broken", router=router)) as site:
        answer = site.client(None, prefix="").get("/broken")
    assert answer.status_code == 500
    assert answer.json() == {"detail": "Something went wrong in Orario; its log says what"}
    assert "Content-Security-Policy" in answer.headers
    assert "hunter2" not in answer.text
    assert "RuntimeError" in caplog.text


def test_an_app_without_a_prefix_wins_where_paths_collide_and_the_native_api_stays_whole(tmp_path: Path) -> None:
    router = Router()

    @router.get("/api/v1/scheduler/jobs", dependencies=[public()])
    def other_jobs() -> list[str]:
        return ["mine"]

    with standing_site(tmp_path, make_shop(), App("ops", router=router)) as site:
        client = site.client(prefix="")
        assert client.get("/api/v1/scheduler/jobs").json() == ["mine"]
        assert client.get("/api/setting/scheduler/jobs").json()["total"] == 2
        assert client.get("/api/v1/scheduler/status").status_code == 200
        described = client.get("/openapi.json").json()["paths"]
        assert (
            "/api/setting/scheduler/jobs" in described and "ops" in described["/api/v1/scheduler/jobs"]["get"]["tags"]
        )


@pytest.fixture
def mounted(site: Site) -> Iterator[httpx.Client]:
    parent = Starlette(routes=[Mount("/tools/orario", site.app)])
    with Inside(parent) as transport:
        headers = {"Authorization": f"Bearer {site.token(Role.ADMIN)}"}
        yield httpx.Client(transport=transport, base_url=f"{ORIGIN}/tools/orario", headers=headers)


def test_it_works_inside_another_application(mounted: httpx.Client) -> None:
    assert mounted.get(NATIVE + "/jobs").json()["total"] == 2
    assert mounted.get(NATIVE + "/nothing").status_code == 404
    assert mounted.patch(NATIVE + "/jobs").headers["Allow"] == "GET, POST"
    assert mounted.get("/docs/docs.js").status_code == 200
    assert mounted.get("/").headers["Location"] == "/tools/orario/sign-in?next=%2F"
    page = mounted.get("/sign-in").text
    assert re.findall(r'action="([^"]+)"', page) == ["/tools/orario/sign-in"]
    assert all(link.startswith("/tools/orario/static/") for link in re.findall(r'(?:src|href)="(/[^"#]+)', page))
    assert mounted.get("/docs/").headers["Location"] == "/tools/orario/docs"
    assert mounted.get("/openapi.json").json()["servers"] == [{"url": "/tools/orario"}]


def test_a_parents_lifespan_may_start_and_stop_it(tmp_path: Path) -> None:
    async def live() -> bool:
        with standing_site(tmp_path, make_shop(), heartbeat_seconds=0.2) as site:
            async with site.app.router.lifespan_context(site.app):
                for _ in range(200):
                    if site.runtime.services.cluster.ready().ok:
                        return True
                    await asyncio.sleep(0.05)
        return False

    assert asyncio.run(live())
