"""Who may call what: every route, asked by everybody."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from orario.api.native import PREFIXES
from orario.api.native import nowhere as the_answer_for_nothing
from orario.service.people import Role
from tests.api.site import Site

pytestmark = pytest.mark.one_database

OPERATORS = {
    "trigger_job", "pause_job", "resume_job", "backfill_job", "change_many_jobs", "cancel_execution",
    "retry_execution", "change_many_executions",
}  # fmt: skip
READ_BY_POST = {"preview_schedule", "plan_jobs"}
ADMINS_READ = {"list_tokens", "list_users", "list_audit", "list_secrets", "get_secret"}
JSON = {"Content-Type": "application/json"}


def native_routes(site: Site) -> Iterator[APIRoute]:
    for route in site.app.routes:
        if isinstance(route, APIRoute) and route.path.startswith(PREFIXES):
            yield route


def needed(route: APIRoute) -> Role:
    """What the documents say: viewers read, operators also run and hold back, administrators do all."""
    name = route.endpoint.__name__
    if name in OPERATORS:
        return Role.OPERATOR
    if route.endpoint is the_answer_for_nothing or name in READ_BY_POST:
        return Role.VIEWER
    reads = route.methods == {"GET"} and name not in ADMINS_READ
    return Role.VIEWER if reads else Role.ADMIN


def nonsense(route: APIRoute) -> str:
    """A path of this route to something that does not exist, with a query that means nothing."""
    path = route.path.replace("{path:path}", "no/such/thing")
    for name in ("job_id", "execution_id", "task_function_id", "token_id", "user_id", "name"):
        path = path.replace(f"{{{name}}}", "no-such-thing")
    return f"{path}?page=x&limit=x"


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_asks_for_its_role_before_anything_else(site: Site, role: Role | None) -> None:
    client = site.client(role, prefix="")
    asked = 0
    for route in native_routes(site):
        for method in sorted(route.methods or ()):
            answer = client.request(method, nonsense(route), content=b"{ no JSON", headers=JSON)
            expected = 401 if role is None else 0 if role.covers(needed(route)) else 403
            shown = f"{method} {route.path} as {role}: {answer.status_code} {answer.text}"
            if expected:
                assert answer.status_code == expected, shown
                assert method == "HEAD" or isinstance(answer.json()["detail"], str), shown
                assert ("www-authenticate" in answer.headers) == (expected == 401), shown
            else:
                assert answer.status_code not in (401, 403) and answer.status_code < 500, shown
            asked += 1
    assert asked > 100


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer a b",
        "bearer \xff",
        "Token x",
        "Bearer orario_" + "a" * 40,
        "x" * 5000,
    ],
)
def test_a_header_that_is_no_good_token_is_refused(site: Site, header: str) -> None:
    answer = site.client(None).get("/jobs", headers=[(b"Authorization", header.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "aaaa" not in answer.text and "xxxx" not in answer.text


def test_the_scheme_may_be_written_in_any_case(site: Site) -> None:
    token = site.token(Role.VIEWER)
    assert site.client(None).get("/jobs", headers={"Authorization": f"bearer {token}"}).status_code == 200


def test_two_authorization_headers_are_one_too_many(site: Site) -> None:
    header = f"Bearer {site.token(Role.ADMIN)}"
    answer = site.client(None).get("/jobs", headers=[("Authorization", header), ("Authorization", header)])
    assert answer.status_code == 401


def test_a_token_in_the_query_is_not_heard(site: Site, nobody: httpx.Client) -> None:
    assert nobody.get("/jobs", params={"token": site.token(Role.ADMIN)}).status_code == 401


def test_a_revoked_token_is_refused_at_once(site: Site, client: httpx.Client) -> None:
    created = client.post("/tokens", json={"name": "ci", "role": "viewer"}).json()
    other = site.client(None)
    other.headers["Authorization"] = f"Bearer {created['token']}"
    assert other.get("/jobs").status_code == 200
    assert client.delete(f"/tokens/{created['id']}").status_code == 204
    assert other.get("/jobs").status_code == 401


def test_the_token_is_shown_once_and_never_again(client: httpx.Client) -> None:
    created = client.post("/tokens", json={"name": "ci", "role": "operator"})
    assert created.status_code == 201
    token = created.json()["token"]
    assert token.startswith("orario_") and len(token) == 47
    listed = client.get("/tokens")
    assert created.json()["id"] in listed.text
    assert token not in listed.text + client.get("/audit").text


def test_bulk_deletion_is_for_administrators(site: Site) -> None:
    operator = site.client(Role.OPERATOR)
    for action, expected in (("pause", 200), ("delete", 403), ("disable", 403), ("enable", 403)):
        body = {"action": action, "jobIds": ["nightly_cleanup"]}
        assert operator.post("/jobs/bulk", json=body).status_code == expected
    assert operator.get("/jobs/nightly_cleanup").status_code == 200


def test_what_is_not_there_is_told_before_what_is_wrong_with_the_rest(client: httpx.Client) -> None:
    for method, path in (("PUT", "/jobs/none"), ("PUT", "/jobs/none/status"), ("POST", "/jobs/none/backfill")):
        assert client.request(method, path, content=b"{ no JSON", headers=JSON).status_code == 404
    assert client.get("/jobs/none/executions?page=0").status_code == 404
    assert client.get("/executions/none/logs?after=x").status_code == 404


def test_every_change_leaves_one_audit_row(site: Site, client: httpx.Client) -> None:
    people = site.runtime.services.people
    before = people.audit().total
    client.post("/jobs/nightly_cleanup/pause", json={"note": "stock-taking"})
    assert people.audit().total == before + 1
    newest = client.get("/audit").json()["audit"][0]
    assert (newest["actor"], newest["subject"]) == ("admin", "job")
    assert newest["before"]["isPaused"] is False and newest["after"]["isPaused"] is True
