"""`orario run`: the jobs of an app in the foreground, with a summary and an exit code."""

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from orario.cli.exits import Exit
from tests.cli.serving import SOURCES, serving
from tests.cli.terminal import Orario

APP = "tests.cli.chores:app"


@pytest.fixture
def chores(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> Orario:
    monkeypatch.setenv("ORARIO_APPS", APP)
    return orario


def test_all_jobs_of_an_app_are_run_once_and_summed_up(chores: Orario) -> None:
    said = chores("run", "chores", "--json")
    ended = {row["job"]: row for row in said.json}
    assert [*ended] == ["sweep", "iron", "burn", "rest"], (
        "as the code declares them; those on demand are not asked for"
    )
    assert said.code == Exit.FAILED
    assert {job: row["status"] for job, row in ended.items()} == {
        "sweep": "success", "iron": "success", "burn": "failed", "rest": "disabled",
    }  # fmt: skip
    assert (ended["sweep"]["processed"], ended["sweep"]["failed"]) == (3, 1)
    assert ended["sweep"]["result"] == {"swept": 2} and "the milk" in ended["burn"]["errorMessage"]
    assert "sweeping" in said.err, "log lines are shown as they come"
    found = chores("executions", "list", "--json").json["executions"]
    assert sorted(one["triggeredBy"] for one in found) == ["manual"] * 3, "nothing else was made due"


def test_one_job_is_run_and_its_end_is_the_exit_code(chores: Orario) -> None:
    assert chores("run", "chores", "iron").code == Exit.OK
    assert "iron" in chores("run", APP, "press").out, "the app says that it is called so too"
    table = chores("run", APP, "burn", "--quiet")
    assert table.code == Exit.FAILED and "burn" in table.out and "the milk" in table.out
    assert chores("run", "chores", "oversleep").code == Exit.TIMEOUT
    unknown = chores("run", "chores", "cook")
    assert unknown.code == Exit.NOT_FOUND and "it has sweep, iron, burn" in unknown.err
    assert chores("run", "chores", "rest").code == Exit.CONFLICT
    assert chores("run", "cooks").code == Exit.INVALID


def test_no_other_apps_job_is_broken_by_it(chores: Orario, monkeypatch: pytest.MonkeyPatch) -> None:
    chores("run", "chores", "iron")
    monkeypatch.setenv("ORARIO_APPS", "tests.cli.shop:app")
    assert chores("run", "tests.cli.shop:app", "close_the_day").code == Exit.OK
    assert chores("jobs", "show", "iron", "--json").json["brokenReason"] is None


def test_a_server_at_work_does_it_in_place_of_the_command(
    chores: Orario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, "--apps", f"{APP},http") as server:
        beside = chores("run", "chores", "iron", "--json").json[0]["result"]["by"]
        monkeypatch.setenv("ORARIO_URL", server.url)
        monkeypatch.setenv("ORARIO_TOKEN", server.token)
        asked = chores("run", "chores", "iron", "--json").json[0]["result"]["by"]
        assert beside == asked == server.process.pid


def test_ctrl_c_cancels_what_runs(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "orario.cli", "run", "chores", "sleep", "--json"],
        cwd=tmp_path,
        env={"PYTHONPATH": SOURCES, "ORARIO_APPS": APP, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),  # ignored in the background
    )
    try:
        assert process.stderr is not None
        assert any("sleeping" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == Exit.CANCELLED, err
    assert '"status": "cancelled"' in out
