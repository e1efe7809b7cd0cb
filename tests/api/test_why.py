"""Why, over the API: under both prefixes, for viewers, in camelCase."""

from typing import Any

import httpx


def test_why_answers_with_a_verdict_a_sentence_and_causes(
    client: httpx.Client, viewer: httpx.Client, job: dict[str, Any]
) -> None:
    client.post(f"/jobs/{job['id']}/pause", json={"note": "stock-taking"})
    answer = viewer.get(f"/jobs/{job['slug']}/why").json()
    assert (answer["verdict"], answer["execution"], answer["gap"]) == ("held", None, None)
    [cause] = answer["causes"]
    assert (cause["kind"], cause["by"], cause["note"], cause["executionId"]) == (
        "paused",
        "admin",
        "stock-taking",
        None,
    )
    assert answer["sentence"].startswith(f"{job['slug']} does not fire: the job was paused by admin from ")
    assert set(answer["nearestMoments"]) == {"before", "after"}


def test_a_deleted_job_still_answers(client: httpx.Client, job: dict[str, Any]) -> None:
    client.delete(f"/jobs/{job['id']}")
    answer = client.get(f"/jobs/{job['id']}/why").json()
    assert [cause["kind"] for cause in answer["causes"]] == ["deleted"]


def test_a_bad_time_is_refused_at_its_place_and_an_unknown_job_first(
    client: httpx.Client, job: dict[str, Any]
) -> None:
    refused = client.get(f"/jobs/{job['id']}/why", params={"at": "soon"})
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["query", "at"])
    assert client.get("/jobs/nobody/why", params={"at": "soon"}).status_code == 404
    assert client.get(f"/jobs/{job['id']}/why", params={"at": "02:00"}).status_code == 200
