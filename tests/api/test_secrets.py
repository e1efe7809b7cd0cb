"""Named secrets over the API: set, listed, used in jobs, never read back."""

from typing import Any

import httpx
import pytest

VALUE = "hunter2-hunter3"


@pytest.fixture
def secret(client: httpx.Client) -> dict[str, Any]:
    answer = client.put("/secrets/till", json={"value": VALUE, "description": "of the shop"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_secret_has_the_documented_shape_and_no_value(client: httpx.Client, secret: dict[str, Any]) -> None:
    assert set(secret) == {
        *("name", "description", "createdAt", "createdBy", "updatedAt", "updatedBy"),
        *("lastUsedAt", "usedBy", "usedByCount"),
    }
    assert client.get("/secrets/till").json() == secret
    listed = client.get("/secrets").json()
    assert listed == {"secrets": [secret], "total": 1, "page": 1, "perPage": 50}


def test_secrets_come_by_name_and_by_the_page(client: httpx.Client) -> None:
    for name in ("c", "a", "b"):
        client.put(f"/secrets/{name}", json={"value": VALUE})
    page = client.get("/secrets?page=2&per_page=2").json()
    assert [one["name"] for one in page["secrets"]] == ["c"]
    assert page["total"] == 3
    assert client.get("/secrets?per_page=0").status_code == 422


@pytest.mark.parametrize(
    ("name", "body", "loc"),
    [
        ("till", {}, ["body", "value"]),
        ("till", {"value": 5}, ["body", "value"]),
        ("till", {"value": ""}, ["body", "value"]),
        ("till", {"value": VALUE, "color": "red"}, ["body", "color"]),
        ("0till", {"value": VALUE}, ["path", "name"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_without_the_value(
    client: httpx.Client, name: str, body: dict[str, Any], loc: list[str]
) -> None:
    answer = client.put(f"/secrets/{name}", json=body)
    assert answer.status_code == 422
    assert [one["loc"] for one in answer.json()["detail"]] == [loc]
    assert VALUE not in answer.text
    assert client.get("/secrets").json()["total"] == 0


def test_a_job_refers_to_a_secret_and_keeps_it_from_being_deleted(
    client: httpx.Client, secret: dict[str, Any], document: dict[str, Any]
) -> None:
    bad = client.post("/jobs", json={**document, "taskArgs": {"retention_days": {"$secret": "days"}}})
    assert bad.status_code == 422
    assert bad.json()["detail"] == [
        {
            "loc": ["body", "taskArgs", "retention_days"],
            "msg": "there is no secret named days",
            "type": "value_error",
        }
    ]
    client.put("/secrets/days", json={"value": "7"})
    job = client.post("/jobs", json={**document, "taskArgs": {"retention_days": {"$secret": "days"}}}).json()
    assert job["taskArgs"] == {"retention_days": {"$secret": "days"}}
    assert client.get("/secrets/days").json()["usedBy"] == [job["slug"]]
    refused = client.delete("/secrets/days")
    assert (refused.status_code, job["slug"] in refused.json()["detail"]) == (409, True)
    assert client.delete("/secrets/days?force=true").status_code == 204
    assert client.delete("/secrets/days").status_code == 404


def test_rotating_without_an_earlier_key_finds_everything_in_order(
    client: httpx.Client, secret: dict[str, Any]
) -> None:
    assert client.post("/secrets/rotate").json() == {"renewed": 0, "unreadable": []}


def test_the_audit_tells_who_set_a_secret_and_not_to_what(client: httpx.Client, secret: dict[str, Any]) -> None:
    [row] = client.get("/audit?subject_id=till").json()["audit"]
    assert (row["action"], row["after"]) == ("secret.set", {"description": "of the shop", "value": "********"})
