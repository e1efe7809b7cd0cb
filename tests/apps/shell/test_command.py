"""Shell jobs with real shells."""

import asyncio
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from orario import Invalid, OrarioError
from orario.apps.shell import app
from orario.apps.shell.settings import ShellSettings
from tests.apps.notebook import FACTS, Notebook, call

TASK = app.tasks["shell.command"]


async def run(notebook: Notebook | None = None, /, **args: Any) -> dict[str, Any]:
    return await call(app, "shell.command", notebook, **args)


async def failure(**args: Any) -> str:
    with pytest.raises(OrarioError) as error:
        await run(**args)
    return error.value.message


@pytest.mark.anyio
async def test_output_becomes_log_lines_and_complaints_become_warnings() -> None:
    notebook = Notebook()
    assert await run(notebook, command="echo one; echo two; echo three >&2") == {"exitCode": 0, "lines": 3}
    assert [line for level, line in notebook.lines if level == "INFO"] == ["one", "two"]
    assert [line for level, line in notebook.lines if level == "WARN"] == ["three"]


@pytest.mark.anyio
async def test_lines_come_while_the_command_runs(tmp_path: Path) -> None:
    gate, notebook = tmp_path / "gate", Notebook()
    os.mkfifo(gate)
    running = asyncio.create_task(run(notebook, command=f"echo started; cat {gate}"))
    async with asyncio.timeout(10):
        await notebook.has_spoken.wait()
        await asyncio.to_thread(gate.write_text, "opened\n")
        assert (await running)["lines"] == 2


@pytest.mark.anyio
async def test_a_list_is_a_program_with_its_arguments_and_no_shell() -> None:
    notebook = Notebook()
    await run(notebook, command=["echo", "$HOME", "a  b"])
    assert notebook.lines == [("INFO", "$HOME a  b")]


@pytest.mark.anyio
async def test_a_failing_command_tells_its_code_and_its_last_complaints() -> None:
    said = await failure(command="for n in $(seq 20); do echo line $n >&2; done; exit 3")
    assert said.startswith("the command ended with exit code 3; its error output ends:\nline 11\n")
    assert said.endswith("\nline 20")


@pytest.mark.anyio
async def test_a_command_ended_by_a_signal_tells_which() -> None:
    assert "ended by signal 9 (SIGKILL)" in await failure(command="kill -9 $$")


@pytest.mark.anyio
async def test_a_program_or_folder_that_does_not_exist_has_a_sentence() -> None:
    assert await failure(command=["no-such-program"]) == (
        "cannot run this program: No such file or directory: no-such-program"
    )
    assert await failure(command="true", cwd="/no/such/folder") == (
        "cannot work in this directory: No such file or directory: /no/such/folder"
    )


@pytest.mark.anyio
async def test_the_command_runs_in_its_folder_with_its_variables(tmp_path: Path) -> None:
    notebook = Notebook()
    await run(notebook, command='echo "$PWD $BRANCH"', cwd=str(tmp_path), env={"BRANCH": "north"})
    assert notebook.lines == [("INFO", f"{tmp_path} north")]


@pytest.mark.anyio
async def test_the_command_knows_which_execution_it_is_and_none_of_our_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORARIO_KEY", "the key of the house")
    notebook = Notebook()
    await run(notebook, command="env | grep ^ORARIO_")
    told = dict(line.split("=", 1) for _, line in notebook.lines)
    assert told["ORARIO_EXECUTION_ID"] == str(FACTS.execution_id)
    assert (told["ORARIO_JOB"], told["ORARIO_ATTEMPT"]) == ("nightly", "1")
    assert "ORARIO_KEY" not in told


@pytest.mark.anyio
async def test_a_cancelled_command_leaves_nothing_running() -> None:
    notebook = Notebook()
    line = "(setsid sleep 300 &); sleep 301 & echo started; wait"
    running = asyncio.create_task(run(notebook, command=line))
    async with asyncio.timeout(15):
        await notebook.has_spoken.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    mark = str(FACTS.execution_id)
    assert not [one for one in psutil.process_iter() if _environment(one).get("ORARIO_EXECUTION_ID") == mark]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


@pytest.mark.parametrize(
    ("args", "place"),
    [
        ({}, ("command",)),
        ({"command": ""}, ("command",)),
        ({"command": []}, ("command",)),
        ({"command": ["ls", 1]}, ("command",)),
        ({"command": "ls\0"}, ("command",)),
        ({"command": "ls", "cwd": ""}, ("cwd",)),
        ({"command": "ls", "env": {"1X": "2"}}, ("env", "1X", "[key]")),
        ({"command": "ls", "env": {"X": 2}}, ("env", "X")),
        ({"command": "ls", "shell": "bash"}, ("shell",)),
    ],
)
def test_arguments_that_do_not_fit_are_refused_with_their_place(args: dict[str, Any], place: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refusal:
        TASK.bind(args)
    assert [problem.loc for problem in refusal.value.problems] == [place]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_task_is_active_only_when_the_setting_allows_it(enabled: bool) -> None:
    app.configure(ShellSettings(enabled=enabled))
    task = app.tasks["shell.command"]
    assert task.is_active is enabled
    assert "ORARIO_SHELL_ENABLED" in str(task.inactive_reason)


def test_the_setting_is_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORARIO_SHELL_ENABLED", raising=False)
    assert ShellSettings().enabled is False
