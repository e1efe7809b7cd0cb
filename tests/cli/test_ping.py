"""`orario ping` against a real server: what a crontab on another machine does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from orario.cli.exits import Exit
from orario.core.execution import State
from tests.cli.serving import Served, serving
from tests.cli.terminal import Orario, orario_of


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("server")) as served:
        yield served


@pytest.fixture
def orario(server: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orario:
    monkeypatch.setenv("ORARIO_URL", server.url)
    monkeypatch.setenv("ORARIO_TOKEN", server.token)
    return orario_of(monkeypatch, capsys)


@pytest.fixture
def job(orario: Orario) -> str:
    """The id of a watched job."""
    said = orario("jobs", "create", "Backup", "--watched", "--every", "1d", "--start-within", "10m", "--json")
    assert said.code == 0, said.err
    shown = orario("jobs", "show", said.json["id"], "--json").json
    assert (shown["taskFunction"]["name"], shown["startWithinSeconds"]) == ("ping.watched", 600)
    id: str = said.json["id"]
    return id


class Machine:
    """Another machine: it knows the server's address and the job's id, and has no token."""

    def __init__(self, server: Served) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ORARIO_")}
        self.environment = kept | {"ORARIO_URL": server.url}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "orario.cli", "ping", *arguments]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, text=True, env=self.environment, **pipes)

    def ping(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        process = self.start(*arguments)
        out, err = process.communicate(stdin, timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture
def machine(server: Served) -> Machine:
    return Machine(server)


def executions(server: Served, job: str) -> list[dict[str, Any]]:
    """Those of a job, the oldest first."""
    answer = httpx.get(
        f"{server.url}/api/v1/scheduler/executions",
        params={"job_id": job},
        headers={"Authorization": f"Bearer {server.token}"},
    )
    found: list[dict[str, Any]] = answer.json()["executions"]
    return found[::-1]


def test_a_new_watched_job_says_how_to_ping_it(orario: Orario) -> None:
    said = orario("jobs", "create", "Nightly dump", "--watched", "--cron", "0 2 * * *")
    assert said.code == 0, said.err
    assert "orario ping " in said.out + said.err


def test_a_command_is_run_and_told_with_its_output_and_its_exit_code(
    server: Served, machine: Machine, job: str
) -> None:
    script = "read word; echo $word; echo 'no room' >&2; exit 3"
    done = machine.ping(job, "--", "sh", "-c", script, stdin="hello\n")
    assert (done.returncode, done.stdout, done.stderr) == (3, "hello\n", "no room\n")
    [one] = executions(server, job)
    assert (one["status"], one["result"]) == (State.FAILED, {"exitCode": 3})
    assert "no room" in one["errorMessage"]


def test_a_command_that_ends_well_is_a_success(server: Served, machine: Machine, job: str) -> None:
    assert machine.ping(job, "--", "sleep", "0.2").returncode == 0
    [one] = executions(server, job)
    assert one["status"] == State.SUCCESS
    assert one["durationSeconds"] >= 0.2


def test_what_the_command_says_can_be_kept_here(server: Served, machine: Machine, job: str) -> None:
    assert machine.ping(job, "--no-output", "--", "sh", "-c", "echo private; exit 1").stdout == "private\n"
    [one] = executions(server, job)
    assert one["errorMessage"] == "it ended with exit code 1"


def test_a_command_that_is_not_there_is_127_as_in_a_shell(server: Served, machine: Machine, job: str) -> None:
    assert machine.ping(job, "--", "/nowhere/backup").returncode == 127
    [one] = executions(server, job)
    assert "there is no such command" in one["errorMessage"]


def test_a_signal_reaches_the_command_and_its_end_is_told(server: Served, machine: Machine, job: str) -> None:
    process = machine.start(job, "--", "sleep", "60")
    until = time.monotonic() + 20
    while [one["status"] for one in executions(server, job)] != [State.RUNNING]:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    [one] = executions(server, job)
    assert one["result"] == {"exitCode": 143}


def test_words_alone_are_pings(server: Served, machine: Machine, job: str) -> None:
    run = str(uuid4())
    for words in (["--start", "--run", run], ["--exit-code", "0", "--run", run], ["--fail"], []):
        assert machine.ping(job, *words).returncode == 0
    assert [one["status"] for one in executions(server, job)] == [State.SUCCESS, State.FAILED, State.SUCCESS]


def test_the_whole_address_will_do(server: Served, machine: Machine, job: str) -> None:
    machine.environment.pop("ORARIO_URL")
    assert machine.ping(f"{server.url}/ping/{job}").returncode == 0
    assert len(executions(server, job)) == 1


def test_no_server_keeps_no_command_from_running(machine: Machine) -> None:
    machine.environment["ORARIO_URL"] = "http://127.0.0.1:9"
    process = machine.start(str(uuid4()), "--", "sh", "-c", "echo done; exit 5")
    assert process.stdout is not None
    assert process.stdout.readline() == "done\n"
    process.kill()
    process.communicate()


def test_an_unknown_id_and_a_missing_server_are_told(machine: Machine) -> None:
    unknown = machine.ping(str(uuid4()))
    assert (unknown.returncode, "no watched job" in unknown.stderr) == (Exit.UNREACHABLE, True)
    machine.environment["ORARIO_URL"] = "http://127.0.0.1:9"
    missing = machine.ping(str(uuid4()))
    assert (missing.returncode, "No Orario server answers" in missing.stderr) == (Exit.UNREACHABLE, True)


def test_one_word_at_a_time(machine: Machine, job: str) -> None:
    assert machine.ping(job, "--start", "--fail").returncode == Exit.INVALID
