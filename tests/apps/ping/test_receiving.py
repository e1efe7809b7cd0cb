"""Pings as they come over HTTP: without a token, by every method that scripts use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from orario.apps.ping import app
from orario.apps.ping.pace import Pace
from orario.apps.ping.pace import pace as paced
from orario.apps.ping.router import LARGEST
from orario.apps.ping.settings import PingSettings
from tests.api.site import Site, standing_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    paced.configure(PingSettings())
    with standing_site(tmp_path, app) as site:
        yield site


@pytest.fixture
def anybody(site: Site) -> httpx.Client:
    return site.client(None, prefix="/ping")


@pytest.fixture
def admin(site: Site) -> httpx.Client:
    return site.client()


@pytest.fixture
def job(admin: httpx.Client) -> str:
    """The id of a watched job, created as any job is."""
    task = admin.get("/task-functions/ping.watched").json()
    assert task["handlerType"] == "elsewhere"
    document = {"name": "Backup", "taskFunctionId": task["id"], "jobTypeId": 1, "scheduleConfig": {"hours": 1}}
    id: str = admin.post("/jobs", json=document).json()["id"]
    return id


def shown(admin: httpx.Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = admin.get(f"/executions/{id}").json()
    return found


def test_a_ping_needs_no_token_and_says_which_execution_it_is(
    anybody: httpx.Client, admin: httpx.Client, job: str
) -> None:
    for method in ("GET", "POST"):
        answer = anybody.request(method, f"/{job}")
        assert (answer.status_code, answer.json()["status"]) == (200, "success")
        one = shown(admin, answer.json()["executionId"])
        assert (one["jobId"], one["status"], one["triggeredBy"]) == (job, "success", "manual")
        assert one["triggeredByUserId"] == "ping"


def test_a_head_request_is_a_ping_without_an_answer(anybody: httpx.Client, admin: httpx.Client, job: str) -> None:
    answer = anybody.head(f"/{job}")
    assert answer.status_code == 200
    assert admin.get("/executions", params={"job_id": job}).json()["total"] == 1


def test_start_success_and_fail_are_words(anybody: httpx.Client, job: str) -> None:
    begun = anybody.get(f"/{job}/start").json()
    assert begun["status"] == "running"
    assert anybody.get(f"/{job}/success").json() == {"executionId": begun["executionId"], "status": "success"}
    assert anybody.get(f"/{job}/fail").json()["status"] == "failed"


@pytest.mark.parametrize(("code", "status"), [("0", "success"), ("1", "failed"), ("255", "failed")])
def test_exit_codes_are_words_too(
    anybody: httpx.Client, admin: httpx.Client, job: str, code: str, status: str
) -> None:
    answer = anybody.get(f"/{job}/{code}").json()
    assert answer["status"] == status
    assert shown(admin, answer["executionId"])["result"] == {"exitCode": int(code)}


def test_the_body_is_kept_as_log_lines(anybody: httpx.Client, admin: httpx.Client, job: str) -> None:
    answer = anybody.post(f"/{job}/1", content="one\n\n\x00two \N{SNOWMAN}\n".encode()).json()
    lines = admin.get(f"/executions/{answer['executionId']}/logs").json()["logs"]
    assert [line["message"] for line in lines] == ["one", "\ufffdtwo \N{SNOWMAN}"]
    assert "it ended with exit code 1; its words end:\none\n" in shown(admin, answer["executionId"])["errorMessage"]


def test_of_a_long_body_the_end_is_kept(anybody: httpx.Client, admin: httpx.Client, job: str) -> None:
    body = b"start\n" + b"x" * LARGEST + b"\nthe end"
    answer = anybody.post(f"/{job}", content=body)
    assert answer.status_code == 200
    lines = admin.get(f"/executions/{answer.json()['executionId']}/logs").json()["logs"]
    assert lines[0]["message"] == f"[the first {len(body) - LARGEST} bytes were cut]"
    assert lines[-1]["message"] == "the end"


def test_run_ids_are_uuids(anybody: httpx.Client, job: str) -> None:
    run = str(uuid4())
    begun = anybody.get(f"/{job}/start", params={"rid": run}).json()
    assert anybody.get(f"/{job}", params={"rid": run}).json()["executionId"] == begun["executionId"]
    answer = anybody.get(f"/{job}", params={"rid": "backup"})
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", "rid"])


@pytest.mark.parametrize("path", ["/start", "/0", "/fail", ""])
def test_an_unknown_id_is_404_whatever_else_is_wrong(anybody: httpx.Client, path: str) -> None:
    for id in (str(uuid4()), "backup", "0" * 32):
        answer = anybody.get(f"/{id}{path}", params={"rid": "nonsense"})
        assert answer.status_code == 404
        assert answer.json() == {"detail": "There is no watched job of this id"}


@pytest.mark.parametrize("word", ["stop", "256", "-1", "1e2", "٣"])
def test_an_unknown_word_is_404(anybody: httpx.Client, job: str, word: str) -> None:
    assert anybody.get(f"/{job}/{word}").status_code == 404


def test_a_slug_is_no_credential(anybody: httpx.Client, job: str) -> None:
    assert anybody.get("/backup").status_code == 404


def test_too_many_pings_are_sent_away_for_a_while(anybody: httpx.Client, job: str) -> None:
    paced.configure(PingSettings(per_minute=2))
    assert [anybody.get(f"/{job}").status_code for _ in range(3)] == [200, 200, 429]
    refused = anybody.get(f"/{job}")
    assert 1 <= int(refused.headers["retry-after"]) <= 30


def test_the_bucket_fills_up_steadily() -> None:
    pace = Pace(per_minute=60)
    assert [pace.wait("a", 0.0) for _ in range(61)] == [0] * 60 + [1]
    assert pace.wait("b", 0.0) == 0
    assert (pace.wait("a", 1.0), pace.wait("a", 1.0)) == (0, 1)


def test_the_description_says_that_pings_are_open(site: Site) -> None:
    operation = site.app.openapi()["paths"]["/ping/{id}/{signal}"]["post"]
    assert operation["security"] == []
