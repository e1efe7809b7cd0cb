"""The operations API, endpoint by endpoint as its document has it, against a running Orario on each database."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from orario.service.people import Role
from orario.testing import TESTER
from tests.apps.ops.house import GATE, Site, running, until

JOB = {
    "job_id", "name", "description", "trigger_type", "next_run_time", "is_paused", "is_running", "enabled",
    "last_result",
}  # fmt: skip
RUN = {
    "job_id", "status", "started_at", "finished_at", "duration_seconds", "records_processed", "error_message",
    "details",
}  # fmt: skip
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PATHS = [
    ("GET", "/jobs"), ("GET", "/jobs/health_check"), ("GET", "/jobs/health_check/history"),
    ("POST", "/jobs/health_check/trigger"), ("POST", "/jobs/health_check/pause"),
    ("POST", "/jobs/health_check/resume"), ("GET", "/running"), ("GET", "/health"), ("GET", "/backups"),
    ("GET", "/stats"),
]  # fmt: skip


@pytest.fixture
def client(site: Site) -> httpx.Client:
    return site.client()


def get(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def trigger(client: httpx.Client, job: str) -> dict[str, Any]:
    answer = client.post(f"/jobs/{job}/trigger")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_example_is_answered_in_its_shape(client: httpx.Client) -> None:
    jobs = get(client, "/jobs")
    names = {one["job_id"] for one in jobs}
    assert {"health_check", "daily_analytics", "database_backup", "cleanup", "sell"} <= names
    assert all(set(one) == JOB and one["last_result"] is None for one in jobs)

    done = trigger(client, "health_check")
    assert set(done) == {"success", "job_id", "status", "message", "result"}
    assert (done["success"], done["job_id"], done["status"]) == (True, "health_check", "success")
    assert done["message"] and done["result"]["status"] == "healthy"

    one = get(client, "/jobs/health_check")
    assert set(one) == JOB
    assert (one["job_id"], one["name"], one["trigger_type"]) == ("health_check", "Health Check", "interval")
    assert (one["is_paused"], one["is_running"], one["enabled"]) == (False, False, True)
    assert MOMENT.fullmatch(one["next_run_time"]) and one["last_result"]["status"] == "success"

    [run] = get(client, "/jobs/health_check/history")
    assert set(run) == RUN
    assert MOMENT.fullmatch(run["started_at"]) and MOMENT.fullmatch(run["finished_at"])
    assert (run["job_id"], run["status"], run["error_message"]) == ("health_check", "success", None)
    assert type(run["records_processed"]) is int and run["duration_seconds"] > 0
    assert run["details"] == done["result"] and one["last_result"]["details"] == run["details"]

    health = get(client, "/health")
    assert health == done["result"] and set(health) == {"status", "services", "system", "checked_at"}

    trigger(client, "database_backup")
    [backup] = get(client, "/backups")
    assert set(backup) == {"filename", "path", "size_bytes", "size_mb", "created_at"}
    assert backup["size_mb"] == round(backup["size_bytes"] / 1_048_576, 2)
    assert backup["path"].endswith(backup["filename"]) and MOMENT.fullmatch(backup["created_at"])
    assert get(client, "/running") == []


def test_a_paused_job_stays_enabled_and_runs_by_hand(client: httpx.Client) -> None:
    paused = client.post("/jobs/sell/pause")
    assert (paused.status_code, paused.json()["is_paused"], paused.json()["next_run_time"]) == (200, True, None)
    assert client.post("/jobs/sell/pause").status_code == 200
    one = get(client, "/jobs/sell")
    assert (one["is_paused"], one["enabled"], one["next_run_time"]) == (True, True, None)
    done = trigger(client, "sell")
    assert (done["success"], done["result"]) == (True, {"sold": 3})
    resumed = client.post("/jobs/sell/resume").json()
    assert resumed["is_paused"] is False and MOMENT.fullmatch(resumed["next_run_time"])
    assert get(client, "/jobs/sell")["next_run_time"] == resumed["next_run_time"]
    [run] = get(client, "/jobs/sell/history?limit=100")
    assert (run["records_processed"], run["details"]) == (3, {"sold": 3})


def test_a_run_that_fails_is_an_answer_and_the_figures_count_it(client: httpx.Client) -> None:
    failed = trigger(client, "break_down")
    assert (failed["success"], failed["status"], failed["result"]) == (False, "failed", {"till": 7})
    assert "no till answers" in failed["message"]
    assert "no till answers" in get(client, "/jobs/break_down/history")[0]["error_message"]
    trigger(client, "sell")
    stats = get(client, "/stats")
    assert (stats["successes"], stats["failures"], stats["success_rate"]) == (1, 1, 50.0)
    assert stats["total_jobs"] == len(get(client, "/jobs")) == stats["enabled_jobs"]
    assert stats["uptime_seconds"] > 0
    [mine] = [one for one in stats["by_job"] if one["job_id"] == "break_down"]
    assert (mine["total_executions"], mine["failures"], mine["last_status"]) == (1, 1, "failed")


def test_of_four_who_trigger_at_once_one_runs_and_is_shown_with_time_and_progress(
    site: Site, client: httpx.Client
) -> None:
    start = Barrier(4)

    def try_it(_: int) -> httpx.Response:
        with site.another() as mine:
            start.wait(20)
            return mine.post("/jobs/count_stock/trigger")

    with ThreadPoolExecutor(4) as callers:
        waiting = [callers.submit(try_it, at) for at in range(4)]
        [run] = until(lambda: [one for one in get(client, "/running") if one["progress"]["processed"]])
        assert (run["job_id"], run["progress"]) == (
            "count_stock",
            {"total": 8, "processed": 2, "failed": 0, "percent": 25.0},
        )
        assert run["elapsed_seconds"] >= 0 and MOMENT.fullmatch(run["started_at"])
        assert get(client, "/jobs/count_stock")["is_running"] is True
        until(lambda: sum(one.done() for one in waiting) == 3)
        assert [one["status"] for one in get(client, "/jobs/count_stock/history")].count("running") == 1
        GATE.set()
    answers = sorted((one.result() for one in waiting), key=lambda one: one.status_code)
    assert [one.status_code for one in answers] == [200, 409, 409, 409]
    assert answers[0].json()["success"]
    assert {one.json()["detail"] for one in answers[1:]} == {"The job runs already, as often as it may"}


def test_access_comes_first_then_the_job_then_the_rest(site: Site) -> None:
    nobody, viewer, operator = site.client(None), site.client(Role.VIEWER), site.client(Role.OPERATOR)
    for method, path in PATHS:
        for asked in (path, path.replace("health_check", "no-such-job") + "?limit=0"):
            assert nobody.request(method, asked).status_code == 401, asked
        assert viewer.request(method, path).status_code == (403 if method == "POST" else 200), path
    for method, path in PATHS:
        if "health_check" in path:
            answer = operator.request(method, path.replace("health_check", "no-such-job") + "?limit=0")
            assert (answer.status_code, set(answer.json())) == (404, {"detail"})
    assert len(get(viewer, "/jobs/health_check/history?limit=1")) <= 1
    for limit in ("0", "101", "-1", "ten", ""):
        answer = viewer.get(f"/jobs/health_check/history?limit={limit}")
        assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["query", "limit"]
    site.runtime.services.jobs.set_enabled("sell", False, TESTER)
    assert operator.post("/jobs/sell/trigger").status_code == 409


def test_ten_runs_are_shown_unless_more_are_asked_for(site: Site, client: httpx.Client) -> None:
    for _ in range(12):
        trigger(client, "sell")
    runs = get(client, "/jobs/sell/history?limit=12")
    assert len(runs) == 12 and runs == sorted(runs, key=lambda run: run["started_at"], reverse=True)
    assert get(client, "/jobs/sell/history") == runs[:10]


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Site]:
    monkeypatch.setenv("ORARIO_OPS_PREFIX", "")
    with running(database_url) as site:
        yield site


@pytest.mark.one_database
def test_without_a_prefix_it_stands_where_the_document_has_it(documented: Site) -> None:
    client = documented.client(prefix="/api/v1/scheduler")
    assert isinstance(get(client, "/jobs"), list) and get(client, "/jobs/sell")["job_id"] == "sell"
    assert get(client, "/stats")["total_jobs"] and get(client, "/health")["status"] == "healthy"
    assert client.get("/status").status_code == 200, "what only the native API has stays where it was"
    native = get(documented.client(prefix="/api/setting/scheduler"), "/jobs")
    assert native["total"] == len(get(client, "/jobs"))
    schema = documented.client(prefix="").get("/openapi.json").json()["paths"]
    described = schema["/api/v1/scheduler/jobs/{job_id}/pause"]["post"]
    assert described["summary"] == "Pause Job"
    assert described["description"].startswith("⏸️ Metti in pausa un job.")
    assert "/api/setting/scheduler/jobs" in schema
