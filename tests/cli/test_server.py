"""The command line and a real server: from `orario serve` to the log lines of a run, by way of HTTP."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from orario.cli.exits import Exit
from tests.cli.serving import SOURCES, Served, serving
from tests.cli.terminal import Orario, orario_of


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("server"), "tests.cli.shop:app") as served:
        yield served


@pytest.fixture
def orario(server: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orario:
    monkeypatch.setenv("ORARIO_URL", server.url)
    monkeypatch.setenv("ORARIO_TOKEN", server.token)
    return orario_of(monkeypatch, capsys)


def test_the_greeting_says_what_a_newcomer_needs(server: Served) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    assert "orario.db" in server.greeting
    assert "shop" in server.greeting
    assert server.token.startswith("orario_")
    assert server.url in server.curl
    assert httpx.get(server.url + "/healthz").is_success


def test_the_curl_of_the_greeting_makes_a_job_that_fires(server: Served, orario: Orario) -> None:
    answer = subprocess.run(server.curl, shell=True, capture_output=True, text=True, check=True)
    assert '"isEnabled":true' in answer.stdout.replace(" ", "")
    job = orario("jobs", "list", "--name", "My first job", "--json").json["jobs"][0]
    said = orario("jobs", "run", job["slug"], "--json")
    assert said.code == 0, said.err
    assert said.json["result"]["statusCode"] == 200
    assert orario("jobs", "delete", job["slug"]).code == 0


def test_a_run_is_watched_to_its_end_with_its_log(orario: Orario) -> None:
    said = orario("jobs", "run", "close_the_day", "--arg", "branch=north", "--arg", "orders=2")
    assert said.code == 0, said.err
    assert said.json == {"closed": 2, "branch": "north"}
    assert "INFO  closing order=0" in said.err
    assert "INFO  closing order=1" in said.err
    assert "ended as success" in said.err


def test_a_failure_is_exit_code_1_with_its_reason(orario: Orario) -> None:
    assert orario("jobs", "create", "Break", "--task", "shop.break_down", "--every", "30d").code == 0
    said = orario("jobs", "run", "break")
    assert said.code == Exit.FAILED
    assert "the till is empty" in said.err


def test_a_time_out_is_exit_code_124(orario: Orario) -> None:
    created = orario("jobs", "create", "Slow", "--task", "shop.dawdle", "--every", "30d", "--timeout", "200ms")
    assert created.code == 0, created.err
    assert orario("jobs", "run", "slow").code == Exit.TIMEOUT


def test_a_cancelled_run_is_exit_code_130_for_whoever_watches(orario: Orario, server: Served) -> None:
    assert orario("jobs", "create", "Dawdle", "--task", "shop.dawdle", "--every", "30d").code == 0
    execution = orario("jobs", "run", "dawdle", "--detach").out.strip()
    assert orario("executions", "cancel", execution).code == 0
    logs = orario("executions", "logs", "-f", execution)
    assert logs.code == 0
    assert orario("executions", "show", execution, "--json").json["status"] == "cancelled"


def test_a_second_run_of_the_same_execution_is_a_new_one(orario: Orario) -> None:
    first = orario("jobs", "run", "close_the_day", "--json").json
    again = orario("executions", "retry", first["id"], "--json").json
    assert again["id"] != first["id"]
    assert orario("executions", "logs", "-f", again["id"]).code == 0
    assert orario("executions", "attempts", again["id"], "--json").json["total"] == 1


def test_the_log_as_json_is_the_apis_and_one_line_per_line_when_it_is_followed(orario: Orario) -> None:
    execution = orario("jobs", "run", "close_the_day", "--json").json["id"]
    answer = orario("executions", "logs", execution, "--json").json
    assert [line["details"] for line in answer["logs"]] == [{"order": 0}, {"order": 1}, {"order": 2}]
    assert answer["nextAfter"] == answer["logs"][-1]["id"]
    followed = orario("executions", "logs", "-f", execution, "--json").out.splitlines()
    assert [json.loads(line) for line in followed] == answer["logs"]


def test_executions_are_found_by_what_went_wrong(orario: Orario) -> None:
    assert orario("jobs", "create", "Fall over", "--task", "shop.break_down", "--every", "30d").code == 0
    assert orario("jobs", "run", "fall-over").code == Exit.FAILED
    found = orario("executions", "list", "--search", "till is empty", "--job", "fall-over", "--json").json
    assert found["total"] == 1
    assert orario("executions", "list", "--status", "success", "--job", "fall-over", "--json").json["total"] == 0


def test_the_status_names_the_leader(orario: Orario, server: Served) -> None:
    said = orario("status", "--json")
    assert said.code == 0
    assert said.json["leaderInstance"]["pid"] == server.process.pid
    assert "leads" in orario("status").out


def test_the_doctor_asks_the_server(orario: Orario) -> None:
    said = orario("doctor")
    assert said.code == 0, said.out
    assert [line.split()[0] for line in said.out.splitlines()] == ["ok", "ok", "ok"]


def test_without_a_token_everything_is_denied(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORARIO_TOKEN")
    said = orario("jobs", "list")
    assert said.code == Exit.DENIED
    assert "ORARIO_TOKEN" in said.err


def test_a_viewer_may_look_and_not_touch(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> None:
    token = orario("tokens", "create", "looker", "--role", "viewer").out.strip()
    monkeypatch.setenv("ORARIO_TOKEN", token)
    assert orario("jobs", "list").code == 0
    said = orario("jobs", "disable", "close_the_day")
    assert said.code == Exit.DENIED
    assert said.err.startswith("Error: ")


def test_a_revoked_token_is_denied_at_once(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> None:
    created = orario("tokens", "create", "leaver", "--role", "viewer", "--expires", "30d", "--json").json
    assert orario("tokens", "revoke", created["id"]).code == 0
    monkeypatch.setenv("ORARIO_TOKEN", created["token"])
    assert orario("jobs", "list").code == Exit.DENIED


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "http://", "ftp://x", "http://x:port"])
def test_an_address_that_is_none_is_refused(orario: Orario, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ORARIO_URL", address)
    said = orario("jobs", "list")
    assert said.code == Exit.INVALID
    assert said.err.startswith("Error: ORARIO_URL must be the address of a server")


def test_a_token_alone_means_the_server_of_this_machine(
    orario: Orario, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORARIO_URL")
    monkeypatch.setenv("ORARIO_PORT", server.url.rpartition(":")[2])
    assert orario("status", "--json").json["leaderInstance"]["pid"] == server.process.pid


def test_another_web_site_is_not_taken_for_orario(
    orario: Orario, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orario.cli.client.PREFIX", "/docs?")
    said = orario("jobs", "list")
    assert said.code == Exit.UNREACHABLE
    assert said.err == f"Error: What answers at {server.url} is not Orario\n"


def test_a_server_that_does_not_answer_is_exit_code_6(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_URL", "http://127.0.0.1:9")
    said = orario("jobs", "list")
    assert said.code == Exit.UNREACHABLE
    assert "http://127.0.0.1:9" in said.err


def test_both_signals_stop_in_order_and_the_token_is_shown_at_the_first_start_only(tmp_path: Path) -> None:
    with serving(tmp_path, settings={"ORARIO_LOG_FORMAT": "json"}) as first:
        assert first.token
        assert first.stop(signal.SIGTERM) == 0
    with serving(tmp_path, settings={"ORARIO_LOG_FORMAT": "json"}) as second:
        assert "Token:" not in second.greeting
        assert "$ORARIO_TOKEN" in second.curl
        assert second.stop(signal.SIGINT) == 0
    log = [json.loads(line) for line in (tmp_path / "stderr.log").read_text().splitlines()]
    assert sum("leads now" in line["message"] for line in log) == 2
    heard = [line for line in log if line["logger"] != "orario.lokario"]  # which warns that its secret is not set
    assert {line["level"] for line in heard} == {"INFO"}


def test_ctrl_c_stops_watching_and_says_how_to_cancel(orario: Orario, server: Served) -> None:
    assert orario("jobs", "create", "Watched", "--task", "shop.dawdle", "--every", "30d").code == 0
    environment = os.environ | {"ORARIO_URL": server.url, "ORARIO_TOKEN": server.token, "PYTHONPATH": SOURCES}
    command = [sys.executable, "-m", "orario.cli", "jobs", "run", "watched"]
    # A shell that runs the tests in the background ignores Ctrl-C, and what it starts would too.
    hears = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=hears) as watching:
        assert watching.stderr is not None
        assert "dawdling" in watching.stderr.readline()
        watching.send_signal(signal.SIGINT)
        said = watching.stderr.read()
    assert watching.returncode == Exit.CANCELLED
    execution = said.split()[-1]
    assert orario("executions", "show", execution, "--json").json["status"] == "running"
    assert orario("executions", "cancel", execution).code == 0


def test_a_second_ctrl_c_quits_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, "tests.cli.shop:app", settings={"ORARIO_DRAIN_SECONDS": "60"}) as served:
        with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {served.token}"}) as http:
            prefix = "/api/v1/scheduler"
            task = http.get(f"{prefix}/task-functions/shop.dawdle").json()["id"]
            job = {"name": "Dawdle", "taskFunctionId": task, "jobTypeId": 1, "scheduleConfig": {"hours": 9}}
            id = http.post(f"{prefix}/jobs", json=job).json()["id"]
            execution = http.post(f"{prefix}/jobs/{id}/trigger").json()["executionId"]
            deadline = time.monotonic() + 10
            while http.get(f"{prefix}/executions/{execution}").json()["status"] != "running":
                assert time.monotonic() < deadline
                time.sleep(0.02)
        served.process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert served.process.poll() is None, "it drains"
        assert served.stop(signal.SIGINT) == 130
