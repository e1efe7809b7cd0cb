"""People who sign in, as administrators see to them by the API."""

import httpx
import pytest

from orario.service import passwords
from tests.api.site import Site


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_COST", 16)


def test_a_person_is_made_changed_let_in_and_kept_out(site: Site, client: httpx.Client) -> None:
    made = client.post("/users", json={"name": "Ada", "role": "admin"})
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["hasPassword"], made.json()["isBlocked"]) == ("ada", False, False)
    link = client.post("/users/ada/link").json()["path"]
    stranger = site.client(None, prefix="")
    assert "lets you in once" in stranger.get(link).text
    assert client.post("/users", json={"name": "ada", "role": "viewer"}).status_code == 409
    assert client.patch("/users/ada", json={"role": "viewer"}).status_code == 409, "the last administrator"
    client.post("/users", json={"name": "bert", "role": "admin", "password": "a long enough one"})
    changed = client.patch("/users/ada", json={"role": "viewer", "isBlocked": True, "timezone": "Europe/Rome"}).json()
    assert (changed["role"], changed["isBlocked"], changed["timezone"]) == ("viewer", True, "Europe/Rome")
    assert "used up" in stranger.get(link).text
    assert client.post("/users/ada/link").status_code == 409
    assert client.delete("/users/bert/sessions").json() == {"sessions": 0}
    assert client.delete(f"/users/{made.json()['id']}").status_code == 204
    assert [one["name"] for one in client.get("/users").json()["users"]] == ["bert"]
    said = client.get("/audit").text
    assert "user.create" in said and "a long enough one" not in said and "scrypt" not in said


@pytest.mark.one_database
def test_only_administrators_see_people(site: Site, viewer: httpx.Client, client: httpx.Client) -> None:
    for method, path in (
        ("GET", "/users"),
        ("POST", "/users"),
        ("POST", "/users/ada/link"),
        ("DELETE", "/users/ada"),
    ):
        assert viewer.request(method, path).status_code == 403
    assert client.post("/users", json={"name": "ada", "role": "viewer", "password": "short"}).status_code == 422
    assert client.post("/users", json={"name": "ada", "role": "viewer", "x": 1}).status_code == 422
