"""Every example of the document, played against a running server: endpoints, shapes, enums, defaults, errors."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert

from orario.apps.gamehost.demo.panel import Fault, Machine, PanelStandIn
from orario.demo.mailserver import MailServer
from orario.store.database import Database
from orario.store.tables import logs
from tests.apps.gamehost.conftest import standing
from tests.apps.gamehost.desk import Rows
from tests.cli.serving import Served, serving

JOBS = ["ExpireServers", "DeleteServers", "SendEmails", "GenerateExpiryEmails", "GenerateDeletionEmails"]
TYPES = ["EXPIRE_SERVERS", "DELETE_SERVERS", "SEND_EMAILS", "GENERATE_EMAILS", "GENERATE_DELETION_EMAILS"]
COUNTS = ["itemsProcessed", "itemsTotal", "itemsFailed"]
RUN = ["id", "jobType", "status", "startedAt", "endedAt", *COUNTS, "errorMessage"]
DETAILS = [*RUN, "errorStack", "metadata", "logs"]
ABOUT = ["gameServerId", "userId", "createdAt", "gameServer", "user"]
LOG = ["id", "jobType", "jobRun", "level", "message", "details", *ABOUT]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def panel() -> Iterator[PanelStandIn]:
    yield PanelStandIn()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gamehost")


@pytest.fixture(scope="module")
def server(panel: PanelStandIn, folder: Path) -> Iterator[Served]:
    with standing(panel) as settings, MailServer() as mail:
        settings |= {"ORARIO_GAMEHOST_MAIL_URL": mail.url, "ORARIO_GAMEHOST_PANEL_PAUSE_SECONDS": "0"}
        with serving(folder, "gamehost", settings=settings) as served:
            yield served


@pytest.fixture(scope="module")
def rows(server: Served, folder: Path) -> Iterator[Rows]:
    database = Database(f"sqlite:///{folder}/orario.db")
    yield Rows(database)
    database.close()


@pytest.fixture(scope="module")
def api(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/v1/jobs", timeout=60) as api:
        yield api


def trigger(api: httpx.Client, job: str) -> dict[str, Any]:
    answer = api.post(f"/trigger/{job}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert TIME.fullmatch(found["timestamp"])
    return found


def latest(api: httpx.Client, kind: str) -> dict[str, Any]:
    before = listed(api, kind)
    found: dict[str, Any] = api.get(f"/runs/{before['id']}").json()
    # What still runs may have come further between two looks.
    assert {name: found[name] for name in RUN} in (before, listed(api, kind))
    return found


def listed(api: httpx.Client, kind: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = api.get("/runs").json()["runs"]
    return next(one for one in found if one["jobType"] == kind)


def test_on_empty_tables_every_trigger_succeeds_with_zeros_and_leaves_a_run_with_its_log(api: httpx.Client) -> None:
    for job, kind in zip(JOBS, TYPES, strict=True):
        answer = trigger(api, job)
        assert list(answer) == ["timestamp", "success", "result"]
        assert (answer["success"], answer["result"]) == (True, {"processed": 0, "total": 0, "failed": 0})
        run = latest(api, kind)
        assert list(run) == DETAILS and re.fullmatch(r"c[0-9a-z]{20,25}", run["id"])
        assert [type(run[name]) for name in COUNTS] == [int] * 3
        assert (run["status"], run["metadata"], run["errorMessage"], run["errorStack"]) == (
            "COMPLETED",
            None,
            None,
            None,
        )
        assert run["logs"] and all(list(line) == LOG for line in run["logs"])
        assert TIME.fullmatch(run["startedAt"]) and TIME.fullmatch(run["endedAt"])
    runs = api.get("/runs").json()
    assert list(runs) == ["timestamp", "runs"] and [list(one) for one in runs["runs"]] == [RUN] * len(runs["runs"])
    begun = [one["startedAt"] for one in runs["runs"]]
    assert begun == sorted(begun, reverse=True), "the newest first"


def test_the_status_names_the_five_jobs_and_nothing_else(api: httpx.Client) -> None:
    answer = api.get("/status").json()
    assert list(answer) == ["timestamp", "jobs"] and TIME.fullmatch(answer["timestamp"])
    assert list(answer["jobs"]) == JOBS
    assert all(list(one) == ["isRunning"] and one["isRunning"] is False for one in answer["jobs"].values())


def test_a_run_tells_of_servers_and_users_as_in_the_example(
    api: httpx.Client, rows: Rows, panel: PanelStandIn
) -> None:
    expires = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
    panel.own([Machine(42, "My Minecraft Server"), Machine(43, "Cetatea 🏰")])
    rows.user()
    rows.user("user_de", "Jürgen Groß", "juergen@example.com")
    rows.server("clxyz123abc", expires, pt_admin_id=42)
    rows.server("clxyz456def", expires, pt_admin_id=43, user_id="user_de", name="Cetatea lui Ștefan 🏰")
    assert trigger(api, "ExpireServers")["result"] == {"processed": 2, "total": 2, "failed": 0}
    run = latest(api, "EXPIRE_SERVERS")
    assert (run["itemsProcessed"], run["itemsTotal"], run["itemsFailed"]) == (2, 2, 0)
    john = {"id": "user_abc123", "name": "John Doe", "email": "john@example.com"}
    minecraft = {"id": "clxyz123abc", "name": "My Minecraft Server", "status": "EXPIRED"}
    first, start, done, *_, last = run["logs"]
    assert (first["level"], first["message"], first["details"], first["gameServer"], first["user"]) == (
        "INFO",
        "Job started, processing 2 servers",
        {"totalServers": 2},
        None,
        None,
    )
    assert start["message"] == "Starting to handle expired server"
    assert start["details"] == {
        "serverId": "clxyz123abc",
        "expires": f"{expires:%Y-%m-%dT%H:%M:%S.000Z}",
        "currentStatus": "ACTIVE",
    }
    assert (start["gameServerId"], start["userId"]) == ("clxyz123abc", "user_abc123")
    assert (start["gameServer"], start["user"]) == (minecraft, john)
    assert done["message"] == "Successfully suspended server via Pterodactyl API"
    assert done["details"] == {"serverId": "clxyz123abc", "ptAdminId": 42, "responseStatus": 204}
    assert last["message"] == "Job completed successfully"
    assert last["details"] == {"totalProcessed": 2, "totalServers": 2}
    assert {line["jobRun"] for line in run["logs"]} == {run["id"]}
    assert [line["id"] for line in run["logs"]] == sorted(line["id"] for line in run["logs"])
    assert any(line["gameServer"] and line["gameServer"]["name"] == "Cetatea lui Ștefan 🏰" for line in run["logs"])


def test_a_run_with_very_many_lines_is_told_whole_or_from_where_one_was(api: httpx.Client, rows: Rows) -> None:
    run = latest(api, "EXPIRE_SERVERS")
    own = {"execution_id": UUID(int=int(run["id"][1:], 36)), "attempt": 1, "at": datetime.now(UTC), "level": "INFO"}
    about = {"gameServerId": "clxyz123abc", "userId": "user_abc123", "serverId": "clxyz123abc"}
    with rows.database.writing() as connection:
        lines = [{**own, "message": f"Zeile {at} 🎮 ț", "details": about} for at in range(12_345)]
        connection.execute(insert(logs), lines)
    told = api.get(f"/runs/{run['id']}").json()
    assert list(told) == DETAILS and told["logs"][: len(run["logs"])] == run["logs"]
    more = told["logs"][len(run["logs"]) :]
    assert [line["message"] for line in more] == [line["message"] for line in lines]
    assert more[-1]["gameServer"]["name"] == "My Minecraft Server" and list(more[-1]) == LOG
    assert api.get(f"/runs/{run['id']}", params={"after": more[-2]["id"]}).json() == {**told, "logs": more[-1:]}
    assert api.get(f"/runs/{run['id']}", params={"after": more[-1]["id"]}).json() == {**told, "logs": []}


def test_a_run_that_fails_is_told_as_in_the_examples(api: httpx.Client, rows: Rows, panel: PanelStandIn) -> None:
    for at in range(50, 55):
        rows.server(f"old-{at}", datetime.now(UTC) - timedelta(days=95), pt_admin_id=at, status="EXPIRED")
    panel.own(Machine(at, "old") for at in range(50, 55))
    panel.faults = {at: [Fault(503)] * 3 for at in (52, 53, 54)}
    answer = trigger(api, "DeleteServers")
    said = "Pterodactyl API error: 503 Service Unavailable"
    assert list(answer) == ["timestamp", "success", "error"]
    assert (answer["success"], answer["error"]) == (False, said)
    run = latest(api, "DELETE_SERVERS")
    assert (run["status"], run["itemsProcessed"], run["itemsTotal"], run["itemsFailed"]) == ("FAILED", 2, 5, 3)
    assert run["errorMessage"] == said and "Traceback" in run["errorStack"]
    assert {"WARN", "ERROR"} < {line["level"] for line in run["logs"]}


def test_of_four_who_trigger_at_once_one_runs_is_shown_and_can_be_cancelled(
    api: httpx.Client, server: Served, rows: Rows, panel: PanelStandIn
) -> None:
    rows.server("slow", datetime.now(UTC) - timedelta(days=1), pt_admin_id=99)
    panel.own([Machine(99, "slow")])
    panel.faults = {99: [Fault(None)]}
    asked, before = len(panel.asked("POST suspend")), api.get("/runs").json()["runs"]
    start = threading.Barrier(4)

    def try_it(_: int) -> httpx.Response:
        start.wait(20)
        return api.post("/trigger/ExpireServers")

    with ThreadPoolExecutor(4) as callers:
        waiting = [callers.submit(try_it, at) for at in range(4)]
        end = time.monotonic() + 20
        while sum(one.done() for one in waiting) < 3 or len(panel.asked("POST suspend")) == asked:
            assert time.monotonic() < end, "three are told that it runs already"
            time.sleep(0.05)
        assert api.get("/status").json()["jobs"]["ExpireServers"]["isRunning"] is True
        run = latest(api, "EXPIRE_SERVERS")
        assert (run["status"], run["endedAt"]) == ("RUNNING", None)
        assert len(api.get("/runs").json()["runs"]) == len(before) + 1, "who was refused left no run"
        native = {"Authorization": f"Bearer {server.token}"}
        id = f"{int(run['id'][1:], 36):032x}"
        assert api.post(f"{server.url}/api/v1/scheduler/executions/{id}/cancel", headers=native).is_success
    answers = sorted((one.result() for one in waiting), key=lambda one: one.status_code)
    assert [one.status_code for one in answers] == [200, 409, 409, 409]
    assert [one.json()["error"] for one in answers] == [
        "ExpireServers was cancelled",
        *["ExpireServers is already running"] * 3,
    ]
    assert not any(one.json()["success"] for one in answers)
    run = latest(api, "EXPIRE_SERVERS")
    assert run["status"] == "CANCELLED" and TIME.fullmatch(run["endedAt"])


@pytest.mark.parametrize("name", ["expireservers", "CheckNewVersions", "nonsense", "EXPIRE_SERVERS"])
def test_an_unknown_job_is_400(api: httpx.Client, name: str) -> None:
    answer = api.post(f"/trigger/{name}")
    assert answer.status_code == 400
    assert list(answer.json()) == ["timestamp", "success", "error"] and answer.json()["success"] is False


@pytest.mark.parametrize(
    "id", ["cm5abc123def456", "c", "x", "c0", "C1", "c" + "z" * 25, "c" + "z" * 60, "%F0%9F%8E%AE"]
)
def test_an_unknown_run_is_404(api: httpx.Client, id: str) -> None:
    answer = api.get(f"/runs/{id}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Job run not found"})


def test_another_apps_execution_is_no_run(api: httpx.Client, server: Served) -> None:
    native = httpx.Client(
        base_url=f"{server.url}/api/v1/scheduler", headers={"Authorization": f"Bearer {server.token}"}
    )
    with native:
        id = native.post("/jobs/prune-history/trigger").json()["executionId"]
    digits, number = "", int(id.replace("-", ""), 16)
    while number:
        number, at = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[at] + digits
    assert api.get(f"/runs/c{digits}").json() == {"error": "Job run not found"}
    assert {one["jobType"] for one in api.get("/runs").json()["runs"]} <= {*TYPES, "CHECK_NEW_VERSIONS"}


def test_it_needs_no_token_here_and_lets_no_foreign_page_in(api: httpx.Client) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert api.get("/status", headers=headers).status_code == 403
        assert api.post("/trigger/SendEmails", headers=headers).status_code == 403
    assert api.get("/status", headers={"Authorization": "Bearer nonsense"}).status_code == 401
