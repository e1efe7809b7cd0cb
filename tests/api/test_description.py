"""The OpenAPI description: every answer and error of every call, with examples."""

import re
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from tests.api.site import NATIVE, Site

pytestmark = pytest.mark.one_database

Operation = dict[str, Any]
ABOUT_A_JOB = {"GET /stats/daily"}  # one named in the query


@pytest.fixture
def description(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.client(prefix="").get("/openapi.json").json()
    return found


@pytest.fixture
def operations(description: dict[str, Any]) -> dict[str, Operation]:
    return {
        f"{method.upper()} {path.removeprefix(NATIVE)}": operation
        for path, methods in description["paths"].items()
        if path.startswith(NATIVE)
        for method, operation in methods.items()
    }


def test_every_documented_call_is_described(operations: dict[str, Operation]) -> None:
    documented = {
        "GET /task-functions", "GET /job-types", "GET /jobs", "POST /jobs", "GET /jobs/{job_id}",
        "PUT /jobs/{job_id}", "DELETE /jobs/{job_id}", "PUT /jobs/{job_id}/status", "POST /jobs/{job_id}/trigger",
        "GET /executions", "GET /jobs/{job_id}/executions", "GET /status",
    }  # fmt: skip
    assert documented <= set(operations)


def test_every_call_has_words_a_group_and_its_errors(operations: dict[str, Operation]) -> None:
    for name, operation in operations.items():
        assert operation["summary"] and operation["description"] and operation["tags"], name
        statuses = set(operation["responses"])
        assert {"401", "403", "503"} <= statuses, name
        names_one = "{" in name or name in ABOUT_A_JOB
        assert ("404" in statuses) == (names_one and not name.startswith(("PUT /calendars", "PUT /secrets"))), name
        assert ("413" in statuses and "415" in statuses) == ("requestBody" in operation), name
        if "requestBody" in operation or any(one["in"] == "query" for one in operation.get("parameters", ())):
            assert "422" in statuses, name


def test_every_answer_has_a_shape_and_every_error_the_documented_one(operations: dict[str, Operation]) -> None:
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            if status == "204":
                continue
            (kind, media), *_ = answer["content"].items()
            assert answer["description"], f"{name} {status}"
            assert media["schema"], f"{name} {status}"
            if status == "422":
                assert media["schema"]["$ref"].endswith("/ValidationErrors"), name
            elif status >= "400":
                assert media["schema"]["$ref"].endswith("/Error"), name
                assert media["example"]["detail"], name
                assert kind == "application/json"


def test_names_of_calls_are_unique_and_names_of_fields_are_camel_case(
    description: dict[str, Any], operations: dict[str, Operation]
) -> None:
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(ids) == len(set(ids))
    for shape in description["components"]["schemas"].values():
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9]*", field) for field in shape.get("properties", {}))
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_every_field_of_an_answer_is_described_as_present(description: dict[str, Any]) -> None:
    job = description["components"]["schemas"]["JobOut"]
    assert set(job["required"]) == set(job["properties"]), "an answer leaves no field out"


def test_the_limits_of_queries_are_described(operations: dict[str, Operation]) -> None:
    given = {one["name"]: one["schema"] for one in operations["GET /jobs"]["parameters"]}
    assert list(given)[:5] == ["name", "is_enabled", "task_function_id", "page", "per_page"]
    assert (given["per_page"]["default"], given["per_page"]["minimum"], given["per_page"]["maximum"]) == (20, 1, 100)
    given = {one["name"]: one["schema"] for one in operations["GET /executions"]["parameters"]}
    assert (given["per_page"]["default"], given["page"]["default"]) == (50, 1)


def test_a_token_is_asked_for_and_probes_are_open(description: dict[str, Any]) -> None:
    assert description["security"] == [{"token": []}]
    assert description["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path in ("/healthz", "/readyz"):
        assert description["paths"][path]["get"]["security"] == []


def test_what_is_answered_is_what_is_described(client: httpx.Client, description: dict[str, Any]) -> None:
    shown = client.get("/jobs").json()["jobs"][0]
    assert list(shown) == list(description["components"]["schemas"]["JobOut"]["properties"])


def test_every_example_is_of_the_shape_that_it_explains(description: dict[str, Any]) -> None:
    tried = 0
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            for place in (operation.get("requestBody", {}), *operation["responses"].values()):
                media = place.get("content", {}).get("application/json")
                if media is not None and "schema" in media:
                    whole = media["schema"] | {"components": description["components"]}
                    problems = list(Draft202012Validator(whole).iter_errors(media["example"]))
                    assert not problems, f"{method} {path}: {problems[:1]}"
                    tried += 1
    assert tried > 100
