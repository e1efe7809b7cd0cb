"""A command that detaches itself and ignores TERM is dead, with all it started, after time-out and after cancel."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import psutil
import pytest

from tests.cli.serving import Served, serving

# A shell that ignores TERM, and a grandchild in a session of its own that does so too.
STUBBORN = "trap '' TERM; setsid -f sh -c \"trap '' TERM; sleep 300\"; echo started; sleep 300"
LIMIT = 20.0


class Api:
    """The native API of a server, as an administrator."""

    def __init__(self, served: Served) -> None:
        headers = {"Authorization": f"Bearer {served.token}"}
        self.http = httpx.Client(base_url=f"{served.url}/api/v1/scheduler", headers=headers, timeout=10)

    def post(self, path: str, body: Any = None) -> Any:
        return self.http.post(path, json=body).raise_for_status().json()

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def run_stubborn(self, timeout: float) -> str:
        """A running execution of a job that runs `STUBBORN`."""
        [task] = [one for one in self.get("/task-functions")["taskFunctions"] if one["name"] == "shell.command"]
        fields = {"name": "Stubborn", "taskFunctionId": task["id"], "jobTypeId": 1, "scheduleConfig": {"hours": 1}}
        job = self.post("/jobs", {**fields, "taskArgs": {"command": STUBBORN}, "timeoutSeconds": timeout})
        return cast(str, self.post(f"/jobs/{job['id']}/trigger")["executionId"])

    def wait_for(self, execution: str, status: str) -> None:
        until = time.monotonic() + LIMIT
        while self.get(f"/executions/{execution}")["status"] != status:
            assert time.monotonic() < until, self.get(f"/executions/{execution}")
            time.sleep(0.05)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    settings = {"ORARIO_SHELL_ENABLED": "true", "ORARIO_KILL_GRACE_SECONDS": "0.5"}
    with serving(tmp_path, settings=settings) as served:
        api = Api(served)
        with api.http:
            yield api


def marked(execution: str) -> list[int]:
    """The living processes that carry the mark of an execution."""
    return [process.pid for process in psutil.process_iter() if _mark(process) == execution]


def _mark(process: psutil.Process) -> str | None:
    try:
        alive = process.status() != psutil.STATUS_ZOMBIE
        return process.environ().get("ORARIO_EXECUTION_ID") if alive else None
    except psutil.Error:
        return None


def wait_for_children(execution: str) -> None:
    until = time.monotonic() + LIMIT
    while len(marked(execution)) < 4:  # the shell and its sleep, the grandchild and its sleep
        assert time.monotonic() < until, marked(execution)
        time.sleep(0.05)


def test_after_a_time_out_nothing_is_left(api: Api) -> None:
    execution = api.run_stubborn(timeout=3)
    wait_for_children(execution)
    api.wait_for(execution, "timeout")
    assert marked(execution) == []


def test_after_a_cancel_nothing_is_left(api: Api) -> None:
    execution = api.run_stubborn(timeout=300)
    wait_for_children(execution)
    api.post(f"/executions/{execution}/cancel")
    api.wait_for(execution, "cancelled")
    assert marked(execution) == []
