"""What the tests of the API start from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from orario.service.people import Role
from tests.api.shop import make_shop
from tests.api.site import Site, standing_site


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    """The shop on a new database; the test runs on SQLite and on PostgreSQL."""
    with standing_site(tmp_path, make_shop(), database_url=database_url) as site:
        yield site


@pytest.fixture
def client(site: Site) -> httpx.Client:
    """An administrator's client."""
    return site.client()


@pytest.fixture
def viewer(site: Site) -> httpx.Client:
    return site.client(Role.VIEWER)


@pytest.fixture
def nobody(site: Site) -> httpx.Client:
    return site.client(None)


@pytest.fixture
def document(client: httpx.Client) -> dict[str, Any]:
    """A good body of POST /jobs, of the documented shape."""
    task = client.get("/task-functions/shop.cleanup").json()["id"]
    return {
        "name": "Custom Cleanup Job",
        "description": "Run custom cleanup every 6 hours",
        "taskFunctionId": task,
        "jobTypeId": 1,
        "scheduleConfig": {"hours": 6, "minutes": 0, "seconds": 0},
        "taskArgs": {"retention_days": 30},
        "maxInstances": 1,
        "timeoutSeconds": 300,
        "retryCount": 3,
        "retryDelaySeconds": 60,
        "isEnabled": True,
    }


@pytest.fixture
def job(client: httpx.Client, document: dict[str, Any]) -> dict[str, Any]:
    """A job that was created."""
    answer = client.post("/jobs", json=document)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found
