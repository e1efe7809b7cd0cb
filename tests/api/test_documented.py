"""Every example of the documented API, played."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.api.site import Site

TASK_FUNCTION = [
    "id", "name", "displayName", "description", "handlerPath", "handlerType", "queue", "defaultTimeoutSeconds",
    "isActive", "isSystem", "createdAt",
]  # fmt: skip
JOB = [
    "id", "name", "description", "taskFunctionId", "jobTypeId", "scheduleConfig", "taskArgs", "maxInstances",
    "timeoutSeconds", "retryCount", "retryDelaySeconds", "isEnabled", "isPaused", "nextRunTime", "lastRunTime",
    "lastStatus", "createdAt", "updatedAt", "createdBy", "updatedBy",
]  # fmt: skip
JOB_DETAIL = [*JOB, "taskFunction", "jobType", "recentExecutions"]
EXECUTION = [
    "id", "jobId", "celeryTaskId", "status", "startedAt", "completedAt", "durationSeconds", "result", "errorMessage",
    "triggeredBy", "triggeredByUserId",
]  # fmt: skip
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def begins_with(shown: dict[str, Any], documented: list[str]) -> None:
    assert list(shown)[: len(documented)] == documented
    undocumented = [key for key in shown if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", key)]
    assert not undocumented, "all names are camelCase"


def test_task_functions_are_listed_as_documented(client: httpx.Client) -> None:
    answer = client.get("/task-functions").json()
    assert list(answer)[:2] == ["taskFunctions", "total"]
    assert answer["total"] == len(answer["taskFunctions"])
    sync = next(one for one in answer["taskFunctions"] if one["name"] == "sync_domain_users")
    begins_with(sync, TASK_FUNCTION)
    assert MOMENT.fullmatch(sync.pop("createdAt"))
    assert (
        sync
        | {
            "displayName": "Domain User Sync",
            "description": "Synchronize users from Active Directory",
            "handlerPath": "tasks.ad_sync_tasks.sync_domain_users_task",
            "handlerType": "celery_task",
            "queue": "ad_queue",
            "defaultTimeoutSeconds": 600,
            "isActive": True,
            "isSystem": True,
        }
        == sync
    )


def test_job_types_are_listed_as_documented(client: httpx.Client) -> None:
    assert client.get("/job-types").json()[:2] == [
        {"id": 1, "name": "interval", "displayName": "Interval", "description": "Run at fixed time intervals"},
        {"id": 2, "name": "cron", "displayName": "Cron", "description": "Run on cron schedule"},
    ]


def test_jobs_are_listed_as_documented(client: httpx.Client) -> None:
    answer = client.get("/jobs").json()
    assert list(answer)[:5] == ["jobs", "total", "enabledCount", "disabledCount", "runningCount"]
    assert (answer["total"], answer["enabledCount"], answer["disabledCount"], answer["runningCount"]) == (2, 2, 0, 0)
    hourly = next(one for one in answer["jobs"] if one["name"] == "Domain User Sync (Hourly)")
    begins_with(hourly, JOB)
    assert hourly["scheduleConfig"] == {"hours": 1, "minutes": 0, "seconds": 0}
    assert hourly["taskArgs"] is None
    assert (hourly["timeoutSeconds"], hourly["retryCount"], hourly["retryDelaySeconds"]) == (600, 3, 60)
    assert (hourly["createdBy"], hourly["updatedBy"], hourly["lastStatus"]) == (None, None, None)
    assert MOMENT.fullmatch(hourly["nextRunTime"])


def test_a_job_is_created_as_documented(client: httpx.Client, document: dict[str, Any]) -> None:
    answer = client.post("/jobs", json=document)
    assert answer.status_code == 201
    shown = answer.json()
    begins_with(shown, JOB)
    assert {key: shown[key] for key in document} == document
    assert UUID(shown["id"])
    assert (shown["isPaused"], shown["lastRunTime"], shown["lastStatus"]) == (False, None, None)
    assert shown["createdBy"] == shown["updatedBy"] == "admin"
    assert shown["createdAt"] == shown["updatedAt"]


def test_a_job_is_read_with_all_that_belongs_to_it(client: httpx.Client, job: dict[str, Any]) -> None:
    client.post(f"/jobs/{job['id']}/trigger")
    shown = client.get(f"/jobs/{job['id']}").json()
    begins_with(shown, JOB_DETAIL)
    begins_with(shown["taskFunction"], TASK_FUNCTION)
    assert shown["taskFunction"]["id"] == shown["taskFunctionId"]
    assert shown["jobType"]["id"] == shown["jobTypeId"] == 1
    begins_with(shown["recentExecutions"][0], EXECUTION)


def test_a_job_is_found_by_slug_too(client: httpx.Client, job: dict[str, Any]) -> None:
    assert client.get(f"/jobs/{job['slug']}").json()["id"] == job["id"]


def test_a_job_is_updated_as_documented(client: httpx.Client, job: dict[str, Any]) -> None:
    changes = {
        "name": "Updated Job Name",
        "scheduleConfig": {"hours": 2, "minutes": 0, "seconds": 0},
        "isEnabled": False,
    }
    answer = client.put(f"/jobs/{job['id']}", json=changes)
    assert answer.status_code == 200
    shown = answer.json()
    begins_with(shown, JOB_DETAIL)
    assert {key: shown[key] for key in changes} == changes
    assert shown["nextRunTime"] is None, "a disabled job is not due"
    assert shown["taskArgs"] == job["taskArgs"], "what is left out stays"
    assert client.get(f"/jobs/{job['id']}").json() == shown


def test_a_job_is_deleted_as_documented(client: httpx.Client, job: dict[str, Any]) -> None:
    answer = client.delete(f"/jobs/{job['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"/jobs/{job['id']}").status_code == 404


def test_jobs_of_system_tasks_are_protected(client: httpx.Client) -> None:
    answer = client.delete("/jobs/domain_user_sync_hourly")
    assert answer.status_code == 409
    assert isinstance(answer.json()["detail"], str)


def test_a_job_is_disabled_and_enabled_as_documented(client: httpx.Client, job: dict[str, Any]) -> None:
    off = client.put(f"/jobs/{job['id']}/status", json={"isEnabled": False})
    assert (off.status_code, off.json()["isEnabled"], off.json()["nextRunTime"]) == (200, False, None)
    on = client.put(f"/jobs/{job['id']}/status", json={"isEnabled": True}).json()
    assert on["isEnabled"] and MOMENT.fullmatch(on["nextRunTime"])


def test_a_job_is_triggered_as_documented(client: httpx.Client, job: dict[str, Any]) -> None:
    answer = client.post(f"/jobs/{job['id']}/trigger")
    assert answer.status_code == 200
    opened = answer.json()
    assert list(opened) == ["jobId", "executionId", "celeryTaskId", "message"]
    assert (opened["jobId"], opened["message"]) == (job["id"], "Job triggered successfully")
    execution = client.get(f"/executions/{opened['executionId']}").json()
    begins_with(execution, EXECUTION)
    assert (execution["status"], execution["triggeredBy"], execution["triggeredByUserId"]) == (
        "pending", "manual", "admin",
    )  # fmt: skip
    assert execution["celeryTaskId"] == opened["celeryTaskId"]


def test_a_disabled_job_is_not_triggered(client: httpx.Client, job: dict[str, Any]) -> None:
    client.put(f"/jobs/{job['id']}/status", json={"isEnabled": False})
    answer = client.post(f"/jobs/{job['id']}/trigger")
    assert answer.status_code == 409
    assert client.get("/executions").json()["total"] == 0


@pytest.mark.parametrize("path", ["/executions", "/jobs/{}/executions"])
def test_executions_are_listed_as_documented(client: httpx.Client, job: dict[str, Any], path: str) -> None:
    opened = [client.post(f"/jobs/{job['id']}/trigger").json()["executionId"] for _ in range(3)]
    answer = client.get(path.format(job["id"])).json()
    assert list(answer)[:2] == ["executions", "total"]
    assert answer["total"] == 3
    begins_with(answer["executions"][0], EXECUTION)
    assert [one["id"] for one in answer["executions"]] == opened[::-1], "the newest first"


def test_executions_are_filtered_by_job_and_status(client: httpx.Client, job: dict[str, Any]) -> None:
    client.post(f"/jobs/{job['id']}/trigger")
    client.post("/jobs/nightly_cleanup/trigger")
    assert client.get("/executions", params={"job_id": job["id"]}).json()["total"] == 1
    assert client.get("/executions", params={"status": "pending"}).json()["total"] == 2
    assert client.get("/executions", params={"status": "timeout"}).json()["total"] == 0
    unknown = client.get("/executions", params={"job_id": "550e8400-e29b-41d4-a716-446655440000"})
    assert (unknown.status_code, unknown.json()["executions"]) == (200, [])


def test_the_status_is_as_documented(client: httpx.Client) -> None:
    status = client.get("/status").json()
    assert list(status)[:7] == [
        "isRunning", "leaderInstance", "totalJobs", "enabledJobs", "runningJobs", "nextScheduledJob", "instances",
    ]  # fmt: skip
    assert (status["isRunning"], status["leaderInstance"], status["instances"]) == (False, None, [])
    assert (status["totalJobs"], status["enabledJobs"], status["runningJobs"]) == (2, 2, 0)
    assert list(status["nextScheduledJob"]) == ["id", "name", "nextRunTime"]


@pytest.mark.parametrize(
    "config",
    [
        {"hours": 0, "minutes": 0, "seconds": 30},
        {"hours": 0, "minutes": 5, "seconds": 0},
        {"hours": 2, "minutes": 0, "seconds": 0},
        {"hours": 24, "minutes": 0, "seconds": 0},
    ],
)
def test_every_documented_interval_is_taken(
    client: httpx.Client, document: dict[str, Any], config: dict[str, int]
) -> None:
    answer = client.post("/jobs", json=document | {"scheduleConfig": config})
    assert (answer.status_code, answer.json()["scheduleConfig"]) == (201, config)


@pytest.mark.parametrize(
    "config",
    [
        {"hour": "0", "minute": "0"},
        {"hour": "9", "minute": "0"},
        {"hour": "*", "minute": "30"},
        {"hour": "8", "minute": "0", "day_of_week": "mon"},
        {"hour": "0", "minute": "0", "day": "1"},
    ],
)
def test_every_documented_cron_is_taken(
    client: httpx.Client, document: dict[str, Any], config: dict[str, str]
) -> None:
    answer = client.post("/jobs", json=document | {"jobTypeId": 2, "scheduleConfig": config})
    assert (answer.status_code, answer.json()["scheduleConfig"]) == (201, config)


PROXIED = [
    ("GET", "/jobs"), ("GET", "/jobs/{}"), ("PUT", "/jobs/{}"), ("PUT", "/jobs/{}/status"),
    ("POST", "/jobs/{}/trigger"), ("GET", "/executions"), ("GET", "/status"), ("GET", "/task-functions"),
    ("GET", "/job-types"), ("DELETE", "/jobs/{}"),
]  # fmt: skip


def test_the_second_prefix_answers_the_same(site: Site, document: dict[str, Any]) -> None:
    proxied = site.client(prefix="/api/setting/scheduler")
    created = proxied.post("/jobs", json=document)
    assert created.status_code == 201
    bodies = {"PUT /jobs/{}": {}, "PUT /jobs/{}/status": {"isEnabled": True}}
    for method, path in PROXIED:
        body = bodies.get(f"{method} {path}")
        answer = proxied.request(method, path.format(created.json()["id"]), json=body)
        assert answer.status_code in (200, 204), f"{method} {path}: {answer.text}"
