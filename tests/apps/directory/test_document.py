"""The task function and the job of the document, as the native API shows them."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from orario import StandIn, State
from orario.apps.directory import app
from orario.apps.directory.demo import DEMO
from orario.apps.directory.tables import changes
from tests.api.site import standing_site
from tests.apps.directory.house import House, done
from tests.servers.slapd import Slapd, dn

MakeHouse = Callable[..., House]
pytestmark = pytest.mark.one_database


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with standing_site(tmp_path, app) as site, site.client() as client:
        yield client


def test_the_documented_task_function_is_there(client: httpx.Client) -> None:
    answer = client.get("/task-functions").json()
    assert answer["total"] == 6
    found = next(one for one in answer["taskFunctions"] if one["name"] == "sync_domain_users")
    documented = {
        "name": "sync_domain_users",
        "displayName": "Domain User Sync",
        "description": "Synchronize users from Active Directory",
        "handlerPath": "tasks.ad_sync_tasks.sync_domain_users_task",
        "handlerType": "celery_task",
        "queue": "ad_queue",
        "defaultTimeoutSeconds": 600,
        "isActive": True,
        "isSystem": True,
    }
    assert found.items() >= documented.items()


def test_the_documented_job_is_there_and_protected(client: httpx.Client) -> None:
    answer = client.get("/jobs").json()
    assert (answer["total"], answer["enabledCount"]) == (4, 4)
    found = next(one for one in answer["jobs"] if one["name"] == "Domain User Sync (Hourly)")
    documented = {
        "description": "Synchronize domain users from Active Directory every hour",
        "jobTypeId": 1,
        "taskArgs": None,
        "maxInstances": 1,
        "timeoutSeconds": 600,
        "retryCount": 3,
        "retryDelaySeconds": 60,
        "isEnabled": True,
        "isPaused": False,
        "createdBy": None,
    }
    assert found.items() >= documented.items()
    assert found["scheduleConfig"].items() >= {"hours": 1, "minutes": 0, "seconds": 0}.items()
    for job in answer["jobs"]:
        assert client.delete(f"/jobs/{job['id']}").status_code == 409
    custom = {
        "name": "Custom Cleanup Job",
        "taskFunctionId": next(one["id"] for one in _tasks(client) if one["name"] == "cleanup_sync_history"),
        "jobTypeId": 1,
        "scheduleConfig": {"hours": 6, "minutes": 0, "seconds": 0},
        "taskArgs": {"retention_days": 30},
    }
    assert client.post("/jobs", json=custom).status_code == 201
    assert client.post("/jobs", json=custom | {"taskArgs": {"days": 30}}).status_code == 422


def _tasks(client: httpx.Client) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/task-functions").json()["taskFunctions"]
    return found


def test_without_a_directory_every_job_says_so_and_ends_well(house: MakeHouse) -> None:
    here = house(None)
    for job in ("domain-user-sync", "domain-group-sync", "domain-health-check"):
        ended = here.run(job)
        assert ended.state is State.SUCCESS and "no directory is configured" in here.lines(ended)
    assert here.synced()["synced_count"] == 0
    assert here.synced("sync-history-cleanup") == {"deleted_count": 0}


def test_what_is_kept_can_be_verified_reported_and_forgotten(house: MakeHouse, few: Slapd) -> None:
    here = house(few)
    service = here.harness.services
    with service.database.writing() as connection:
        old = here.harness.now - timedelta(days=91)
        row = {"at": old, "what": "user", "key": "k", "name": "n", "action": "created"}
        connection.execute(insert(changes), [row] * 2500)
    assert here.synced("sync-history-cleanup") == {"deleted_count": 2500}
    here.synced()
    here.synced("domain-group-sync")
    verify, report = here.add_job("verify_domain_sync"), here.add_job("report_stale_users")
    assert here.synced(verify)["differences"] == 0
    few.change(dn(2), mail="new@example.org")
    assert "1 users and groups differ from the directory" in here.refused(verify)
    assert here.users()["user00002"]["email"] == "user00002@example.org", "it only looks"
    assert here.synced(report)["stale_count"] == 0
    stale = here.synced(report, stale_days=0)
    assert stale["stale_count"] == 30 and stale["users"][0] == {"username": "user00000", "last_used": None}


def test_what_is_loaded_for_a_trial_is_synced_and_removed_whole(
    house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = house(None)
    services = here.harness.services
    assert DEMO.load(services) == {"users": 118, "groups": 6, "changes": 118}
    assert not any(DEMO.load(services).values())
    assert len(here.groups()["everybody"][1]) == 118
    with standing_in() as environment:
        config = here.harness.runtime.apps[0].config
        monkeypatch.setattr(config, "urls", [environment["ORARIO_DIRECTORY_URLS"]])
        monkeypatch.setattr(config, "user", environment["ORARIO_DIRECTORY_USER"])
        monkeypatch.setattr(config, "page_size", 7)
        assert "invalidCredentials" in here.refused()
        monkeypatch.setattr(config, "password", SecretStr(environment["ORARIO_DIRECTORY_PASSWORD"]))
        assert done(here.synced()) == {"created": 2, "updated": 3, "disabled": 1, "read": 5}
        assert done(here.synced("domain-group-sync")) == {"updated": 6, "read": 6}
        monkeypatch.setattr(config, "users_filter", "(&(uid=a*n.*)(!(title=Leitung))(employeeNumber>=1000))")
        assert 1 <= here.synced(dry_run=True)["synced_count"] <= 20
    removed = DEMO.remove(services)
    assert (removed["users"], removed["groups"]) == (120, 6)
    assert not any(DEMO.remove(services).values()) and here.users() == {}


@contextmanager
def standing_in() -> Iterator[Mapping[str, str]]:
    """The servers of the demonstration, on a loop of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    [server] = DEMO.servers()
    try:
        yield asyncio.run_coroutine_threadsafe(_start(server), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(server: StandIn) -> Mapping[str, str]:
    return await server.start()


async def _stop(server: StandIn) -> None:
    await server.stop()
