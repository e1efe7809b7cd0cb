"""Requests that nobody sends by accident: a clear refusal, nothing stored, nothing sent back."""

import json
from typing import Any

import httpx
import pytest

CANARY = "canary-7f3a"
JSON = {"Content-Type": "application/json"}

BODIES = {
    "empty": b"",
    "no JSON": f'{{"name": {CANARY}'.encode(),
    "a list": b'["canary-7f3a"]',
    "a text": b'"canary-7f3a"',
    "a number": b"7",
    "null": b"null",
    "not UTF-8": b'{"name": "canary-7f3a\xff\xfe"}',
    "UTF-16": f'{{"name": "{CANARY}"}}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + b'{"name": "canary-7f3a"}',
    "NaN": b'{"timeoutSeconds": NaN, "name": "canary-7f3a"}',
    "an infinity": b'{"timeoutSeconds": -Infinity, "name": "canary-7f3a"}',
    "a float past all": b'{"timeoutSeconds": 1e999, "name": "canary-7f3a"}',
    "a number past 64 bits": b'{"taskFunctionId": 9223372036854775808, "name": "canary-7f3a"}',
    "a number of 10,000 digits": b'{"taskFunctionId": ' + b"9" * 10_000 + b"}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a lone surrogate": b'{"name": "canary-7f3a \\ud800"}',
    "a lone surrogate as a key": b'{"canary-7f3a \\udfff": 1}',
    "a control character": b'{"name": "canary-7f3a \\u0000"}',
    "a control character in a key": b'{"canary-7f3a \\u0007": 1}',
    "a fault below a key of another alphabet": '{"Ж": {"canary-7f3a \\u0007": 1}}'.encode(),
    "a fault below a header's name": b'{"Host": {"canary-7f3a \\u0007": 1}}',
    "a huge key": b'{"' + b"canary-7f3a" * 1000 + b'": 1}',
    "a huge text": b'{"name": "' + b"canary-7f3a" * 50_000 + b'"}',
    "a thousand unknown keys": json.dumps({f"{CANARY}{n}": n for n in range(1000)}).encode(),
    "more than a mebibyte": b'{"name": "' + b"x" * 1_100_000 + b'"}',
    "markup": b'{"name": "<script>alert(1)</script>", "canary-7f3a<b>": 1}',
}
ROUTES = [
    ("POST", "/jobs"),
    ("PUT", "/jobs/nightly_cleanup"),
    ("PUT", "/jobs/nightly_cleanup/status"),
    ("POST", "/jobs/nightly_cleanup/trigger"),
    ("POST", "/jobs/nightly_cleanup/pause"),
    ("POST", "/jobs/nightly_cleanup/backfill"),
    ("POST", "/jobs/bulk"),
    ("POST", "/jobs/plan"),
    ("POST", "/jobs/apply"),
    ("POST", "/executions/bulk"),
    ("POST", "/schedules/preview"),
    ("PUT", "/queues/reports"),
    ("PUT", "/calendars/holidays"),
    ("PUT", "/secrets/till"),
    ("POST", "/tokens"),
]
LONG_TEXTS = {"/jobs/plan", "/jobs/apply"}
OPTIONAL = {"/jobs/nightly_cleanup/trigger", "/jobs/nightly_cleanup/pause"}


@pytest.fixture
def everything(client: httpx.Client) -> Any:
    """All that is stored, as the API shows it."""
    paths = ("/jobs", "/executions", "/tokens", "/calendars", "/queues", "/audit", "/secrets")
    return lambda: [client.get(path).json() for path in paths]


def _without_last_use(stored: list[Any]) -> list[Any]:
    for token in stored[2]["tokens"]:
        token.pop("lastUsedAt")
    return stored


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_garbage_is_refused_and_neither_stored_nor_sent_back(
    client: httpx.Client, everything: Any, method: str, path: str
) -> None:
    before = _without_last_use(everything())
    for what, body in BODIES.items():
        if path in OPTIONAL and what in ("empty", "null"):
            continue
        answer = client.request(method, path, content=body, headers=JSON)
        too_large = what == "more than a mebibyte" and path not in LONG_TEXTS
        assert answer.status_code == (413 if too_large else 422), f"{what}: {answer.text[:200]}"
        told = [one["msg"] for one in answer.json()["detail"]] if answer.status_code == 422 else answer.text
        assert CANARY not in str(told), what
        if "a fault below" in what:
            assert {one["loc"][0] for one in answer.json()["detail"]} == {"body"}
        assert len(answer.content) < 20_000, what
    assert _without_last_use(everything()) == before


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data", "nonsense"]
)
def test_a_body_of_another_kind_is_refused_in_a_sentence(client: httpx.Client, content_type: str) -> None:
    answer = client.post("/jobs", content=b'{"name": "x"}', headers={"Content-Type": content_type})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


def test_json_may_name_its_charset_and_its_dialect(client: httpx.Client, document: dict[str, Any]) -> None:
    for content_type in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"):
        answer = client.post("/jobs", content=json.dumps(document), headers={"Content-Type": content_type})
        assert answer.status_code == 201, content_type


@pytest.mark.parametrize(
    "ref",
    ["%00", "..%2f..%2fetc", "a" * 5000, "%ff%fe", "'; drop table jobs; --", "%f0%9f%92%a9", " ", "{job_id}", "*"],
)
def test_a_path_that_names_nothing_is_a_404(client: httpx.Client, ref: str) -> None:
    for path in (
        f"/jobs/{ref}",
        f"/executions/{ref}",
        f"/executions/{ref}/logs",
        f"/task-functions/{ref}",
        f"/calendars/{ref}",
        f"/secrets/{ref}",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD"])
def test_a_method_that_is_not_there_is_a_405(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/jobs")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_a_yaml_that_unfolds_is_refused(client: httpx.Client) -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a]\n" for n in range(9))
    for text in (bomb, "!!python/object/apply:os.system ['true']", "jobs: " + "[" * 5000, "\x00", "jobs: {{{"):
        answer = client.post("/jobs/apply", content=text.encode(), headers={"Content-Type": "application/yaml"})
        assert answer.status_code == 422, text[:40]


def test_secret_arguments_are_masked_everywhere_and_kept_on_edits(
    client: httpx.Client, document: dict[str, Any]
) -> None:
    body = document | {"taskArgs": {"password": "hunter2-canary", "retention_days": 3}}
    created = client.post("/jobs", json=body)
    path = f"/jobs/{created.json()['id']}"
    assert created.json()["taskArgs"] == {"password": "********", "retention_days": 3}
    edited = client.put(path, json={"taskArgs": {"password": "********", "retention_days": 4}})
    assert edited.json()["taskArgs"] == {"password": "********", "retention_days": 4}
    client.post(f"{path}/trigger", json={"taskArgs": {"password": "another-canary"}})
    shown = [client.get(one).text for one in (path, "/jobs", "/jobs/export", "/audit", "/executions")]
    assert not any("canary" in one for one in shown)


EDGES = ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]


@pytest.mark.parametrize("moment", EDGES)
def test_no_moment_at_the_edge_of_the_calendar_is_a_fault(
    client: httpx.Client, document: dict[str, Any], moment: str
) -> None:
    cron = {"jobTypeId": 2, "scheduleConfig": {"hour": "1"}}
    for path, body in (
        ("/tokens", {"name": "t", "role": "viewer", "expiresAt": moment}),
        ("/jobs/nightly_cleanup/pause", {"until": moment}),
        ("/jobs/nightly_cleanup/backfill", {"since": moment, "until": moment}),
        ("/jobs", document | {"startAt": moment}),
        ("/jobs", document | {"endAt": moment}),
        ("/jobs", document | {"jobTypeId": 3, "scheduleConfig": {"at": moment}}),
        ("/schedules/preview", cron | {"after": moment, "timezone": "Pacific/Kiritimati"}),
        ("/schedules/preview", cron | {"startAt": moment, "endAt": moment}),
    ):
        assert client.post(path, json=body).status_code in (200, 201, 422), path
    assert client.get("/tokens").status_code == 200
    assert client.get("/jobs", params={"per_page": 100}).status_code == 200
