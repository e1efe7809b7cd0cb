"""Figures for charts, over the API."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.site import Site


def test_the_last_thirty_days_are_told_one_by_one(client: httpx.Client, job: dict[str, Any]) -> None:
    found = client.get("/stats/daily").json()
    assert found["total"] == len(found["days"]) == 30
    assert found["days"][-1]["day"] >= (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    first = found["days"][0]
    assert set(first["counts"]) == {"success", "failed", "timeout", "cancelled", "skipped", "missed"}
    assert (first["passedOver"], first["durations"]["averageSeconds"]) == (0, None)


def test_one_job_has_days_of_its_own(client: httpx.Client, job: dict[str, Any]) -> None:
    span = {"since": "2026-01-01", "until": "2026-01-03T12:00:00Z"}
    for ref in (job["id"], job["slug"]):
        found = client.get("/stats/daily", params={"job": ref, **span}).json()
        assert [date.fromisoformat(one["day"]).day for one in found["days"]] == [1, 2, 3]
    assert client.get("/stats/daily", params={"job": "nobody"}).status_code == 404


@pytest.mark.parametrize(
    "span", [{"since": "2026-01-03", "until": "2026-01-01"}, {"since": "2000-01-01"}, {"since": "soon"}]
)
def test_a_stretch_that_is_none_is_refused(client: httpx.Client, span: dict[str, str]) -> None:
    answer = client.get("/stats/daily", params=span)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["query", "since"]


def test_how_much_is_kept_is_part_of_a_job(client: httpx.Client, site: Site, document: dict[str, Any]) -> None:
    made = client.post("/jobs", json=document | {"keepDays": 7.5, "keepCount": 100}).json()
    assert (made["keepDays"], made["keepCount"]) == (7.5, 100)
    changed = client.put(f"/jobs/{made['id']}", json={"keepDays": None}).json()
    assert (changed["keepDays"], changed["keepCount"]) == (None, 100)
    for wrong in ({"keepDays": 0}, {"keepCount": 0}, {"keepDays": 1e9}, {"keepCount": 1.5}):
        assert client.post("/jobs", json=document | {"name": "Other"} | wrong).status_code == 422
