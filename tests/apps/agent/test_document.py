"""Every example of the agent's document, played against the running server."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orario.apps.agent import app
from orario.apps.agent.answers import answered
from orario.apps.agent.schedules import PLANNED
from orario.service.people import Role
from tests.api.site import standing_site
from tests.cli.serving import Served, serving

PATIENCE = 30.0  # seconds
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
SCHEDULES = {
    "cleanup-resolved-sessions": "0 2 * * *",
    "check-inactive-sessions": "0 */6 * * *",
    "reservation-reminders": "0 */2 * * *",
    "backup-data": "0 3 * * *",
    "validate-credentials": "0 4 * * *",
    "daily-report": "0 8 * * *",
    "check-system-performance": "*/30 * * * *",
    "check-abandoned-sessions": "0 */4 * * *",
    "sync-credentials": "0 */12 * * *",
    "check-unprocessed-messages": "*/30 * * * *",
    "check-error-sessions": "0 */2 * * *",
    "cleanup-old-messages": "0 0 * * 0",
    "cleanup-old-logs": "0 0 1 * *",
    "optimize-database": "0 0 * * 0",
    "cleanup-old-sessions": "0 0 1 * *",
    "cleanup-expired-credentials": "0 1 * * *",
}
MESSAGES = {
    "cleanup-sessions": "Session cleanup triggered successfully",
    "cleanup-old-messages": "Old messages cleanup triggered successfully",
    "cleanup-old-sessions": "Old sessions cleanup triggered successfully",
    "cleanup-expired-credentials": "Expired credentials cleanup triggered successfully",
    "check-inactive-sessions": "Inactive sessions check triggered successfully",
    "check-abandoned-sessions": "Abandoned sessions check triggered successfully",
    "check-error-sessions": "Error sessions check triggered successfully",
    "reservation-reminders": "Reservation reminders triggered successfully",
    "daily-report": "Daily report triggered successfully",
    "validate-credentials": "Credentials validation triggered successfully",
    "sync-credentials": "Credentials sync triggered successfully",
    "backup-data": "Data backup triggered successfully",
    "check-system-performance": "System performance check triggered successfully",
    "check-unprocessed-messages": "Unprocessed messages check triggered successfully",
}

Answer = tuple[int, Any]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("agent")
    with serving(folder, "--apps", "agent") as one:
        yield one


def ask(served: Served, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(served.url + path, body, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def wrong(status: int, message: str, error: str) -> Answer:
    return status, {"statusCode": status, "message": message, "error": error}


def test_status_names_the_sixteen_jobs_with_the_documented_schedules(served: Served) -> None:
    status, found = ask(served, "GET", "/cron/status")
    assert (status, list(found)) == (200, ["status", "lastRun", "nextRun", "jobs"])
    assert found["status"] == "active" and re.fullmatch(MOMENT, found["nextRun"])
    assert {job["name"]: job["schedule"] for job in found["jobs"]} == SCHEDULES
    assert [job["name"] for job in found["jobs"]] == list(SCHEDULES)
    assert all(list(job) == ["name", "schedule", "description"] for job in found["jobs"])
    assert found["jobs"][0]["description"] == "Cleanup resolved sessions daily at 2 AM"
    assert found["jobs"][1]["description"] == "Check inactive sessions every 6 hours"


def test_health_and_metrics_have_the_documented_shape_and_real_figures(served: Served) -> None:
    status, health = ask(served, "GET", "/cron/health")
    assert status == 200
    assert list(health) == ["status", "timestamp", "uptime", "memoryUsage", "activeJobs", "lastError"]
    assert (health["status"], health["activeJobs"], health["lastError"]) == ("healthy", 16, None)
    assert re.fullmatch(MOMENT, health["timestamp"]) and isinstance(health["uptime"], int)
    assert 10_000_000 < health["memoryUsage"]["heapUsed"] <= health["memoryUsage"]["heapTotal"] < 10**9
    status, metrics = ask(served, "GET", "/cron/metrics")
    names = ["timestamp", "totalJobsExecuted", "successfulJobs", "failedJobs", "averageExecutionTime"]
    assert (status, list(metrics)) == (200, [*names, "memoryUsage", "cpuUsage"])
    assert list(metrics["cpuUsage"]) == ["user", "system"] and metrics["cpuUsage"]["user"] > 100_000
    assert metrics["totalJobsExecuted"] == metrics["successfulJobs"] + metrics["failedJobs"]


def ended(served: Served, slug: str, token: str) -> list[dict[str, Any]]:
    """The executions of a job, as soon as its newest has ended."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        _, page = ask(served, "GET", f"/api/v1/scheduler/executions?job_id={slug}", None, Authorization=token)
        found: list[dict[str, Any]] = page["executions"]
        if found and found[0]["status"] not in ("pending", "running"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{slug} has not ended within {PATIENCE} s")


def test_each_trigger_answers_at_once_and_its_job_runs_well_on_an_empty_database(served: Served) -> None:
    for name, message in MESSAGES.items():
        status, found = ask(served, "POST", f"/cron/trigger/{name}")
        assert (200 <= status < 300, found) == (True, {"message": message})
    token = f"Bearer {served.token}"
    for slug in {one.slug for one in PLANNED if one.trigger}:
        found = ended(served, slug, token)
        assert [(one["status"], one["triggeredBy"]) for one in found] == [("success", "manual")], found
    _, metrics = ask(served, "GET", "/cron/metrics")
    assert (metrics["totalJobsExecuted"], metrics["failedJobs"]) == (14, 0)
    _, status_now = ask(served, "GET", "/cron/status")
    assert re.fullmatch(MOMENT, status_now["lastRun"])


def test_what_is_wrong_is_said_in_the_documented_words(served: Served) -> None:
    unknown = wrong(404, "There is no such trigger", "Not Found")
    assert ask(served, "POST", "/cron/trigger/make-coffee") == unknown
    assert ask(served, "POST", "/cron/trigger/cleanup-old-logs") == unknown  # a job, but no documented trigger
    assert ask(served, "GET", "/cron/trigger/daily-report")[1]["statusCode"] == 404
    assert ask(served, "DELETE", "/cron/nothing") == wrong(404, "There is nothing at this path", "Not Found")
    bad = wrong(400, "Invalid request", "Bad Request")
    for body in (b'{"to": ', b"[1]", b'{"to": "me"}', b"\xff"):
        assert ask(served, "POST", "/cron/trigger/daily-report", body, Content_Type="application/json") == bad
    assert ask(served, "POST", "/cron/trigger/daily-report", b"to=me") == bad


def test_only_the_own_machine_is_let_in_without_a_token(served: Served) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        for method, path in (("GET", "/cron/status"), ("POST", "/cron/trigger/daily-report"), ("POST", "/cron/x")):
            status, found = ask(served, method, path, None, **headers)
            assert (status, found["statusCode"], found["error"]) == (403, 403, "Forbidden")
    status, found = ask(served, "GET", "/cron/status", Authorization="Bearer nobody's")
    assert (status, list(found)) == (401, ["statusCode", "message", "error"])


def test_beyond_loopback_viewers_read_and_operators_trigger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRON_BACKUP_ENABLED", "no")
    with standing_site(tmp_path, app, host="0.0.0.0") as site:
        nobody, viewer, operator = (site.client(role, prefix="/cron") for role in (None, Role.VIEWER, Role.OPERATOR))
        assert nobody.get("/status").status_code == nobody.post("/trigger/nothing").status_code == 401
        assert viewer.get("/health").status_code == operator.get("/health").status_code == 200
        assert viewer.post("/trigger/sync-credentials").status_code == 403
        assert operator.post("/trigger/sync-credentials").json() == {"message": MESSAGES["sync-credentials"]}
        off = operator.post("/trigger/backup-data")
        assert (off.status_code, off.json()) == wrong(
            409, "The job backup-data is switched off by CRON_BACKUP_ENABLED=false", "Conflict"
        )


def test_a_fault_of_ours_is_the_documented_500() -> None:
    said = answered(RuntimeError("the password is swordfish"))
    assert (said.status_code, json.loads(bytes(said.body))) == wrong(
        500, "Internal server error", "Internal Server Error"
    )
