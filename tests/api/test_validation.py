"""Requests that cannot be met: where the fault is, in the documented shape, with nothing stored."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.one_database

Problems = list[tuple[list[str | int], str]]


def problems(answer: httpx.Response) -> Problems:
    """The places and types of a validation error, after a look at its shape."""
    assert answer.status_code == 422, answer.text
    assert set(answer.json()) == {"detail"}
    for one in answer.json()["detail"]:
        assert set(one) == {"loc", "msg", "type"}, "neither input, nor ctx, nor url"
        assert one["msg"] and not one["msg"].startswith("Value error")
    return [(one["loc"], one["type"]) for one in answer.json()["detail"]]


@pytest.fixture
def refused(client: httpx.Client, document: dict[str, Any]) -> Any:
    """Tells what is wrong with a change to the good document, and sees that nothing was stored."""

    def refuse(change: dict[str, Any], *missing: str) -> Problems:
        body = {key: value for key, value in (document | change).items() if key not in missing}
        before = client.get("/jobs").json()["total"]
        found = problems(client.post("/jobs", json=body))
        assert client.get("/jobs").json()["total"] == before
        return found

    return refuse


def test_the_documented_example(client: httpx.Client, document: dict[str, Any]) -> None:
    body = document | {"scheduleConfig": {"hours": "six", "minutes": 0, "seconds": 0}}
    assert client.post("/jobs", json=body).json() == {
        "detail": [
            {
                "loc": ["body", "scheduleConfig", "hours"],
                "msg": "value is not a valid integer",
                "type": "type_error.integer",
            }
        ]
    }


@pytest.mark.parametrize("field", ["name", "taskFunctionId", "jobTypeId", "scheduleConfig"])
def test_required_fields_are_required_and_never_null(refused: Any, field: str) -> None:
    assert refused({}, field) == [(["body", field], "value_error.missing")]
    assert refused({field: None}) == [(["body", field], "type_error.none.not_allowed")]


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 1000}, ["name"]),
        ({"taskFunctionId": 999}, ["taskFunctionId"]),
        ({"taskFunctionId": "1"}, ["taskFunctionId"]),
        ({"jobTypeId": 9}, ["jobTypeId"]),
        ({"scheduleConfig": {}}, ["scheduleConfig"]),
        ({"scheduleConfig": {"hours": 0, "minutes": 0, "seconds": 0}}, ["scheduleConfig"]),
        ({"scheduleConfig": {"hours": -1}}, ["scheduleConfig", "hours"]),
        ({"scheduleConfig": {"hour": "9"}}, ["scheduleConfig", "hour"]),
        ({"scheduleConfig": {"weeks": 1}}, ["scheduleConfig", "weeks"]),
        ({"jobTypeId": 2, "scheduleConfig": {"hours": 6}}, ["scheduleConfig", "hours"]),
        ({"jobTypeId": 2, "scheduleConfig": {"hour": "25"}}, ["scheduleConfig", "hour"]),
        ({"jobTypeId": 2, "scheduleConfig": {"day": "31", "month": "2"}}, ["scheduleConfig", "day"]),
        ({"jobTypeId": 2, "scheduleConfig": {"day_of_week": "someday"}}, ["scheduleConfig", "day_of_week"]),
        ({"taskArgs": {"retention_days": "many"}}, ["taskArgs", "retention_days"]),
        ({"taskArgs": {"unknown": 1}}, ["taskArgs", "unknown"]),
        ({"taskArgs": []}, ["taskArgs"]),
        ({"maxInstances": 0}, ["maxInstances"]),
        ({"timeoutSeconds": 0}, ["timeoutSeconds"]),
        ({"retryCount": -1}, ["retryCount"]),
        ({"retryDelaySeconds": -1}, ["retryDelaySeconds"]),
        ({"isEnabled": "yes"}, ["isEnabled"]),
        ({"timezone": "Mars/Olympus"}, ["timezone"]),
        ({"excludeDates": ["2030-02-30"]}, ["excludeDates", 0]),
        ({"overlap": "sometimes"}, ["overlap"]),
        ({"colour": "red"}, ["colour"]),
    ],
    ids=lambda value: str(value)[:50],
)
def test_the_place_of_what_is_wrong(refused: Any, change: dict[str, Any], loc: list[str | int]) -> None:
    assert [["body", *loc]] == [found for found, _ in refused(change)]


def test_everything_that_is_wrong_is_told_at_once(refused: Any) -> None:
    found = refused({"maxInstances": 0, "retryCount": -1, "isEnabled": 3})
    assert {loc[1] for loc, _ in found} == {"maxInstances", "retryCount", "isEnabled"}


def test_an_edit_may_not_set_required_fields_to_null(client: httpx.Client, job: dict[str, Any]) -> None:
    for field in ("name", "taskFunctionId", "jobTypeId", "scheduleConfig"):
        answer = client.put(f"/jobs/{job['id']}", json={field: None})
        assert problems(answer) == [(["body", field], "type_error.none.not_allowed")]
    assert client.get(f"/jobs/{job['id']}").json()["updatedAt"] == job["updatedAt"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/jobs?page=0", "page"),
        ("/jobs?page=-1", "page"),
        ("/jobs?page=one", "page"),
        ("/jobs?page=1e3", "page"),
        ("/jobs?page=99999999999999999999", "page"),
        ("/jobs?per_page=0", "per_page"),
        ("/jobs?per_page=101", "per_page"),
        ("/jobs?is_enabled=maybe", "is_enabled"),
        ("/jobs?is_enabled=1", "is_enabled"),
        ("/jobs?is_enabled=", "is_enabled"),
        ("/jobs?task_function_id=first", "task_function_id"),
        ("/jobs?name=%00", "name"),
        ("/task-functions?is_active=True", "is_active"),
        ("/task-functions?per_page=101", "per_page"),
        ("/executions?status=done", "status"),
        ("/executions?status=", "status"),
        ("/executions?job_id=no-such-job", "job_id"),
        ("/executions?since=yesterday", "since"),
        ("/executions?per_page=101", "per_page"),
        ("/executions?cursor=zzz", "cursor"),
        ("/executions?trigger=me", "trigger"),
        ("/jobs/nightly_cleanup/executions?page=0", "page"),
        ("/jobs/nightly_cleanup/next?count=0", "count"),
        ("/stats?since=x", "since"),
        ("/audit?page=0", "page"),
    ],
)
def test_a_query_value_that_means_nothing_is_refused(client: httpx.Client, path: str, name: str) -> None:
    assert [loc for loc, _ in problems(client.get(path))] == [["query", name]]


def test_percent_and_underscore_are_letters_in_a_name(client: httpx.Client, document: dict[str, Any]) -> None:
    client.post("/jobs", json=document | {"name": "100%_done"})
    for name, expected in (("%", 1), ("_", 1), ("0%_d", 1), ("100%_DONE", 1), ("1%d", 0), ("\\", 0)):
        assert client.get("/jobs", params={"name": name}).json()["total"] == expected, name


def test_pages_do_not_overlap_and_end(client: httpx.Client, document: dict[str, Any]) -> None:
    for number in range(5):
        client.post("/jobs", json=document | {"name": f"numbered {number}"})
    pages = [
        client.get("/jobs", params={"name": "numbered", "per_page": 2, "page": page}).json() for page in (1, 2, 3, 4)
    ]
    assert [len(page["jobs"]) for page in pages] == [2, 2, 1, 0]
    following = client.get(
        "/jobs", params={"name": "numbered", "per_page": 2, "cursor": pages[0]["nextCursor"]}
    ).json()
    assert following["jobs"] == pages[1]["jobs"]
    assert pages[2]["nextCursor"] is None
    assert {page["total"] for page in pages} == {5}
    assert len({job["id"] for page in pages for job in page["jobs"]}) == 5


def test_filters_by_task_function_and_status(client: httpx.Client, document: dict[str, Any]) -> None:
    client.post("/jobs", json=document | {"isEnabled": False})
    number = document["taskFunctionId"]
    assert client.get("/jobs", params={"task_function_id": number}).json()["total"] == 2
    assert client.get("/jobs", params={"task_function_id": 424242}).json()["total"] == 0
    off = client.get("/jobs", params={"is_enabled": "false"}).json()
    assert (off["total"], off["enabledCount"], off["disabledCount"]) == (1, 0, 1)
