"""Routes that are open on the own machine, and closed to everybody else's pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter

from orario.app import App
from orario.service.people import Role
from orario.web import Caller, Router, open_on_loopback, public
from orario.web.loopback import is_loopback
from tests.api.site import Site, standing_site


def make_app() -> App:
    """An app with a route of each kind: open on loopback, open to all, and silent about who may call it."""
    router = Router()

    @router.get("/open", dependencies=[open_on_loopback(Role.OPERATOR)])
    def read(caller: Caller) -> str:
        return caller.name

    @router.post("/open", dependencies=[open_on_loopback(Role.OPERATOR)])
    def write(body: dict[str, int]) -> int:
        return len(body)

    @router.get("/public", dependencies=[public()])
    def everybody() -> str:
        return "hello"

    plain = APIRouter()

    @plain.get("/silent")
    def silent() -> str:
        return "seen"

    @plain.post("/silent")
    def silently() -> str:
        return "done"

    router.include_router(plain)
    return App("dialect", router=router, prefix="dialect")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Site]:
    with standing_site(tmp_path, make_app(), host="127.0.0.1") as site:
        yield site


@pytest.fixture
def exposed(tmp_path: Path) -> Iterator[Site]:
    with standing_site(tmp_path, make_app(), host="0.0.0.0") as site:
        yield site


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost:3001", "http://[::1]:8000"])
def test_the_own_machine_needs_no_token(local: Site, origin: str) -> None:
    answer = local.client(None, prefix="/dialect", origin=origin).get("/open")
    assert (answer.status_code, answer.json()) == (200, "local")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8000"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "null"},
        {"Origin": "file://"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "Cross-Site", "Origin": "http://localhost:8000"},
    ],
    ids=str,
)
def test_a_page_from_elsewhere_is_refused(local: Site, headers: dict[str, str]) -> None:
    client = local.client(None, prefix="/dialect")
    for method in ("GET", "POST"):
        answer = client.request(method, "/open", headers=headers, content=b"{ no JSON")
        assert answer.status_code == 403, method
        assert "evil" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "LOCALHOST:3001"},
        {"Host": "127.0.0.53"},
    ],
    ids=str,
)
def test_a_page_of_the_own_machine_is_let_in(local: Site, headers: dict[str, str]) -> None:
    assert local.client(None, prefix="/dialect").get("/open", headers=headers).status_code == 200


def test_a_bad_token_is_not_better_than_none(local: Site) -> None:
    answer = local.client(None, prefix="/dialect").get("/open", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


def test_beyond_loopback_a_token_is_needed(exposed: Site) -> None:
    assert exposed.client(None, prefix="/dialect").get("/open").status_code == 401
    assert exposed.client(Role.VIEWER, prefix="/dialect").get("/open").status_code == 403
    assert exposed.client(Role.OPERATOR, prefix="/dialect").get("/open").json() == "operator"


def test_a_server_that_knows_nothing_of_our_settings_opens_nothing(local: Site) -> None:
    # Mounted in somebody's application: our setting says loopback, but the request came in elsewhere.
    client = local.client(None, prefix="/dialect", origin="http://192.0.2.7:8000")
    assert client.get("/open", headers={"Host": "127.0.0.1"}).status_code == 401


def test_a_route_that_names_no_rule_gets_the_usual_one(local: Site) -> None:
    for method, needed in (("GET", Role.VIEWER), ("POST", Role.OPERATOR)):
        assert local.client(None, prefix="/dialect").request(method, "/silent").status_code == 401
        for role in Role:
            answer = local.client(role, prefix="/dialect").request(method, "/silent")
            assert answer.status_code == (200 if role.covers(needed) else 403)


def test_what_is_public_is_open_to_all(exposed: Site) -> None:
    assert exposed.client(None, prefix="/dialect").get("/public").json() == "hello"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.evil.example", False), ("", False),
        ("127.1", False), ("0x7f.1", False),
    ],
)  # fmt: skip
def test_what_loopback_is(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
