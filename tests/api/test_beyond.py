"""What the API does beyond the documented calls."""

from copy import deepcopy
from typing import Any

import httpx
import pytest
import yaml

from orario.service.people import Role
from tests.api.site import Site

YAML = {"Content-Type": "application/yaml"}


def test_a_job_is_paused_with_a_note_and_resumed(client: httpx.Client, job: dict[str, Any]) -> None:
    body = {"note": "stock-taking", "until": "2999-01-01T00:00:00Z"}
    held = client.post(f"/jobs/{job['id']}/pause", json=body).json()
    assert (held["isPaused"], held["isEnabled"], held["nextRunTime"]) == (True, True, None)
    assert (held["pauseNote"], held["pausedBy"], held["pausedUntil"]) == (
        "stock-taking", "admin", "2999-01-01T00:00:00.000Z",
    )  # fmt: skip
    assert client.post(f"/jobs/{job['id']}/trigger").status_code == 200, "a paused job runs by hand"
    going = client.post(f"/jobs/{job['id']}/resume").json()
    assert (going["isPaused"], going["pauseNote"]) == (False, None)
    assert going["nextRunTime"] is not None


def test_a_trigger_takes_other_arguments_and_a_priority(client: httpx.Client, job: dict[str, Any]) -> None:
    body = {"taskArgs": {"retention_days": 7}, "priority": 5}
    opened = client.post(f"/jobs/{job['id']}/trigger", json=body).json()
    execution = client.get(f"/executions/{opened['executionId']}").json()
    assert (execution["taskArgs"], execution["priority"]) == ({"retention_days": 7}, 5)
    refused = client.post(f"/jobs/{job['id']}/trigger", json={"taskArgs": {"retention_days": "many"}})
    assert refused.json()["detail"][0]["loc"] == ["body", "taskArgs", "retention_days"]


def test_the_same_request_under_the_same_key_makes_one_job(client: httpx.Client, document: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first, second = (client.post("/jobs", json=document, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    other = client.post("/jobs", json=document | {"name": "Another"}, headers=key)
    assert other.status_code == 409
    assert client.get("/jobs", params={"name": document["name"]}).json()["total"] == 1


def test_an_edit_of_an_older_version_is_refused(client: httpx.Client, job: dict[str, Any]) -> None:
    path = f"/jobs/{job['id']}"
    tag = client.get(path).headers["ETag"]
    assert tag == f'"{job["version"]}"'
    changed = client.put(path, json={"name": "First"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    late = client.put(path, json={"name": "Second"}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert client.get(path).json()["name"] == "First"
    for good in ("*", changed.headers["ETag"], "W/" + changed.headers["ETag"]):
        assert client.put(path, json={}, headers={"If-Match": good}).status_code == 200
    for bad in ("nonsense", '""', '"9' + "9" * 50 + '"'):
        assert client.put(path, json={}, headers={"If-Match": bad}).status_code == 412


def test_pages_by_cursor_do_not_move_when_new_rows_come(client: httpx.Client, job: dict[str, Any]) -> None:
    opened = [client.post(f"/jobs/{job['id']}/trigger").json()["executionId"] for _ in range(5)][::-1]
    first = client.get("/executions", params={"per_page": 2}).json()
    client.post(f"/jobs/{job['id']}/trigger")
    second = client.get("/executions", params={"per_page": 2, "cursor": first["nextCursor"]}).json()
    third = client.get("/executions", params={"per_page": 2, "cursor": second["nextCursor"]}).json()
    seen = [one["id"] for page in (first, second, third) for one in page["executions"]]
    assert seen == opened
    assert third["nextCursor"] is None


def test_an_execution_that_waits_is_cancelled_and_run_again(client: httpx.Client, job: dict[str, Any]) -> None:
    opened = client.post(f"/jobs/{job['id']}/trigger").json()["executionId"]
    assert client.post(f"/executions/{opened}/retry").status_code == 409, "it is still under way"
    cancelled = client.post(f"/executions/{opened}/cancel").json()
    assert cancelled["status"] == "cancelled"
    assert client.post(f"/executions/{opened}/cancel").status_code == 409
    again = client.post(f"/executions/{opened}/retry", json={"taskArgs": {"retention_days": 1}}).json()
    assert (again["status"], again["triggeredBy"], again["rerunOf"]) == ("pending", "rerun", opened)
    assert again["taskArgs"] == {"retention_days": 1}
    assert client.get(f"/executions/{opened}/attempts").json() == {"attempts": [], "total": 0}
    assert client.get(f"/executions/{opened}/logs").json() == {"logs": [], "nextAfter": 0}


def test_many_executions_are_cancelled_at_once(client: httpx.Client, job: dict[str, Any]) -> None:
    ids = [client.post(f"/jobs/{job['id']}/trigger").json()["executionId"] for _ in range(3)]
    unknown = "550e8400-e29b-41d4-a716-446655440000"
    answer = client.post("/executions/bulk", json={"action": "cancel", "executionIds": [*ids, unknown]}).json()
    assert (answer["succeeded"], answer["failed"]) == (3, 1)
    assert answer["results"][-1] | {"detail": ""} == {"id": unknown, "ok": False, "detail": ""}


def test_a_backfill_opens_what_has_passed_and_a_dry_run_only_tells(client: httpx.Client) -> None:
    stretch = {"since": "2024-01-01T00:00:00Z", "until": "2024-01-03T12:00:00Z"}
    told = client.post("/jobs/nightly_cleanup/backfill", json=stretch | {"dryRun": True}).json()
    assert (len(told["moments"]), told["opened"], told["dryRun"]) == (3, 0, True)
    assert client.get("/executions").json()["total"] == 0
    done = client.post("/jobs/nightly_cleanup/backfill", json=stretch).json()
    assert (done["opened"], done["skipped"]) == (3, 0)
    twice = client.post("/jobs/nightly_cleanup/backfill", json=stretch).json()
    assert (twice["opened"], twice["skipped"]) == (0, 3)
    assert {one["triggeredBy"] for one in client.get("/executions").json()["executions"]} == {"backfill"}


def test_a_schedule_is_previewed_in_words_and_moments(viewer: httpx.Client) -> None:
    body = {
        "jobTypeId": 2,
        "scheduleConfig": {"hour": "8", "minute": "0", "day_of_week": "mon"},
        "timezone": "Europe/Rome",
        "after": "2024-03-20T00:00:00Z",
        "count": 2,
    }
    found = viewer.post("/schedules/preview", json=body).json()
    assert found["sentence"] == "every Monday at 08:00, Europe/Rome"
    assert found["moments"] == ["2024-03-25T07:00:00.000Z", "2024-04-01T06:00:00.000Z"]
    assert found["clockChanges"] == [{"at": "2024-03-31T01:00:00.000Z", "bySeconds": 3600}]
    wrong = viewer.post("/schedules/preview", json=body | {"scheduleConfig": {"hour": "88"}})
    assert wrong.json()["detail"][0]["loc"] == ["body", "scheduleConfig", "hour"]


def test_next_moments_and_gaps_of_a_job(client: httpx.Client) -> None:
    moments = client.get("/jobs/nightly_cleanup/next", params={"count": 3}).json()["moments"]
    assert len(moments) == 3 and moments == sorted(moments)
    assert moments[0] == client.get("/jobs/nightly_cleanup").json()["nextRunTime"]
    assert client.get("/jobs/nightly_cleanup/gaps").json()["gaps"] == []


def test_jobs_travel_as_yaml_and_applying_twice_changes_nothing(client: httpx.Client, job: dict[str, Any]) -> None:
    exported = client.get("/jobs/export")
    assert exported.headers["Content-Type"].startswith("application/yaml")
    text = exported.text
    assert client.post("/jobs/plan", content=text, headers=YAML).json()["changes"] == []
    jobs = yaml.safe_load(text)
    jobs["jobs"] = [one for one in jobs["jobs"] if one["slug"] == job["slug"]]
    jobs["jobs"][0]["name"] = "Renamed"
    jobs["jobs"].append(deepcopy(jobs["jobs"][0]) | {"slug": "a-second-one"})
    planned = client.post("/jobs/plan", json={"yaml": yaml.safe_dump(jobs)}).json()
    assert (planned["created"], planned["changed"]) == (1, 1)
    assert planned["changes"][0]["fields"]["name"] == {"before": job["name"], "after": "Renamed"}
    assert client.get(f"/jobs/{job['id']}").json()["name"] == job["name"], "a plan changes nothing"
    applied = client.post("/jobs/apply", content=yaml.safe_dump(jobs), headers=YAML).json()
    assert applied == planned
    assert client.post("/jobs/apply", content=yaml.safe_dump(jobs), headers=YAML).json()["changes"] == []


def test_what_people_changed_is_told_and_taken_back(client: httpx.Client) -> None:
    client.put("/jobs/nightly_cleanup", json={"name": "Mine", "retryCount": 2})
    assert client.get("/jobs/nightly_cleanup").json()["differsFromCode"] is True
    listed = client.get("/jobs/diff").json()
    assert listed["total"] == 1
    assert listed["jobs"][0] == client.get("/jobs/nightly_cleanup/diff").json()
    assert listed["jobs"][0]["changes"]["name"] == {"code": "Nightly cleanup", "now": "Mine"}
    back = client.post("/jobs/nightly_cleanup/reset").json()
    assert (back["name"], back["retryCount"], back["differsFromCode"]) == ("Nightly cleanup", 0, False)
    assert client.get("/jobs/nightly_cleanup/diff").json()["changes"] == {}


def test_a_persons_job_cannot_be_reset(client: httpx.Client, job: dict[str, Any]) -> None:
    assert client.post(f"/jobs/{job['id']}/reset").status_code == 409


def test_queues_are_listed_and_set(client: httpx.Client) -> None:
    assert "ad_queue" in [one["name"] for one in client.get("/queues").json()["queues"]]
    assert client.put("/queues/reports", json={"width": 2}).json()["width"] == 2
    held = client.put("/queues/reports", json={"isPaused": True}).json()
    assert (held["width"], held["isPaused"]) == (2, True)
    assert client.put("/queues/no name", json={}).json()["detail"][0]["loc"] == ["path", "name"]


def test_a_calendar_in_use_is_not_deleted(client: httpx.Client, document: dict[str, Any]) -> None:
    dates = ["2030-12-25", "2030-12-26"]
    assert client.put("/calendars/holidays", json={"dates": dates}).json()["dates"] == dates
    client.post("/jobs", json=document | {"slug": "spared", "excludeCalendars": ["holidays"]})
    assert client.delete("/calendars/holidays").status_code == 409
    client.delete("/jobs/spared")
    assert client.delete("/calendars/holidays").status_code == 204
    assert client.get("/calendars/holidays").status_code == 404


def test_figures_of_the_last_day(client: httpx.Client, job: dict[str, Any]) -> None:
    client.post(f"/jobs/{job['id']}/trigger")
    assert client.get("/stats", params={"since": "9999-12-31T23:59:59Z"}).json()["total"] == 0
    stats = client.get("/stats").json()
    assert (stats["total"], stats["counts"]["pending"], stats["isComplete"]) == (1, 1, True)
    assert client.get("/running").json() == {"executions": [], "total": 0}


def test_many_jobs_are_changed_at_once(site: Site) -> None:
    operator = site.client(Role.OPERATOR)
    answer = operator.post("/jobs/bulk", json={"action": "trigger", "jobIds": ["nightly_cleanup", "none"]}).json()
    assert [one["ok"] for one in answer["results"]] == [True, False]
    assert operator.get("/executions").json()["total"] == 1


@pytest.mark.parametrize("moment", ["2999-01-01T00:00:00", "2999-01-01T00:00:00+02:00", "0001-01-01T00:00:00+14:00"])
def test_any_moment_that_can_be_written_can_be_asked_for(client: httpx.Client, moment: str) -> None:
    for name in ("since", "until"):
        assert client.get("/executions", params={name: moment}).status_code in (200, 422)
