"""Tasks in processes of their own: what they return, say and leave behind, and how they end."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orario.app import App
from orario.core.errors import Misconfigured
from orario.core.execution import Ending, Level, Progress
from tests.executors import functions
from tests.executors.stage import LIMIT, Stage, until, work_of


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def outcome_of(stage: Stage, function: Callable[..., Any], **args: Any) -> Any:
    return stage.outcome(function, args, process=True)


def test_a_result_comes_back(stage: Stage) -> None:
    outcome = outcome_of(stage, functions.add, a="2")
    assert (outcome.ending, outcome.result) == (Ending.SUCCEEDED, 3)


def test_a_coroutine_function_runs_on_a_loop_there(stage: Stage) -> None:
    assert outcome_of(stage, functions.add_slowly, a=2).result == 3


def test_arguments_are_bound_by_the_type_hints(stage: Stage) -> None:
    assert outcome_of(stage, functions.weekday, day="2026-03-02").result == "Monday"
    wrong = outcome_of(stage, functions.weekday, day="soon")
    assert str(wrong.error_message).startswith("The arguments do not fit the task: day: ")
    assert not wrong.may_retry


def test_an_exception_fails_the_attempt_with_its_stack(stage: Stage) -> None:
    outcome = outcome_of(stage, functions.fail)
    assert outcome.ending is Ending.FAILED
    assert outcome.error_message == "ValueError: no such branch: north"
    assert "in fail" in outcome.error_stack
    assert "orario/executors/" not in outcome.error_stack


def test_giving_up_asks_not_to_be_tried_again(stage: Stage) -> None:
    assert not outcome_of(stage, functions.give_up).may_retry


def test_an_exit_fails_the_attempt(stage: Stage) -> None:
    assert outcome_of(stage, functions.leave).error_message == "SystemExit: good night"


def test_a_process_that_exits_by_itself_has_not_done_its_work(stage: Stage) -> None:
    outcome = outcome_of(stage, functions.leave_at_once)
    assert outcome.ending is Ending.FAILED
    assert outcome.error_message == "The process ended with exit code 3 before the function returned"


def test_a_crash_is_told_by_its_signal_and_with_the_place(stage: Stage) -> None:
    outcome = outcome_of(stage, functions.crash)
    assert outcome.error_message == "The process ended by signal 11 (SIGSEGV)"
    assert "in crash" in str(outcome.error_stack)


def test_a_process_killed_from_outside_is_told_so(stage: Stage, tmp_path: Path) -> None:
    started = tmp_path / "started"
    stage.executor.carry([work_of(functions.hang, {"started": str(started)}, process=True)])
    until(lambda: started.exists() and bool(started.read_text()), "the function has started")
    os.kill(int(started.read_text()), signal.SIGKILL)
    message = stage.wait()[0].outcome.error_message
    assert message == "The process ended by signal 9 (SIGKILL); perhaps the machine was out of memory"


def test_log_lines_progress_and_metadata_come_through(stage: Stage) -> None:
    report = stage.perform(functions.speak, process=True, timeout=30)
    work = report.work
    stage.look()
    assert [(line.level, line.message, line.details) for line in stage.lines] == [
        (Level.WARN, "low on paper", {"logger": "shop"}),
        (Level.INFO, "closing", {"order": 7, "day": "2026-03-01"}),
    ]
    assert {line.execution_id for line in stage.lines} == {work.execution_id}
    assert report.progress == Progress(3, 3, 1)
    assert report.metadata == {"branch": "north"}
    assert report.outcome.result == {
        "id": str(work.execution_id),
        "job": "close-the-day",
        "app": "shop",
        "due": "2026-03-01T02:00:00Z",
        "trigger": "scheduler",
        "timeout": "PT30S",
        "attempt": 1,
    }


def test_long_messages_come_through_whole(stage: Stage) -> None:
    assert outcome_of(stage, functions.say_much).result == "y" * 300_000
    assert stage.messages()[0].endswith("[cut: 100000 characters in all]")


def test_a_time_out_lets_finally_run_and_says_where_it_was(stage: Stage, tmp_path: Path) -> None:
    cleaned = tmp_path / "cleaned"
    args = {"started": str(tmp_path / "started"), "cleaned": str(cleaned)}
    outcome = stage.outcome(functions.hang, args, process=True, timeout=3)
    assert (outcome.ending, outcome.error_message) == (Ending.TIMED_OUT, "Timed out after 3 s")
    assert cleaned.read_text() == "cleaned"
    assert "time.sleep(60)" in str(outcome.error_stack)


def test_a_coroutine_there_is_cancelled_at_its_await(stage: Stage, tmp_path: Path) -> None:
    started, cleaned = tmp_path / "started", tmp_path / "cleaned"
    work = work_of(functions.hang_at_await, {"started": str(started), "cleaned": str(cleaned)}, process=True)
    stage.executor.carry([work])
    until(started.exists, "the function has started")
    stage.executor.cancel([work.token], "cancelled by anna")
    outcome = stage.wait()[0].outcome
    assert (outcome.ending, outcome.error_message) == (Ending.CANCELLED, "cancelled by anna")
    assert cleaned.read_text() == "cleaned"


def test_a_cancel_ends_all_that_the_function_has_started_before_it_is_reported(stage: Stage, tmp_path: Path) -> None:
    started = tmp_path / "started"
    work = work_of(functions.hang_with_a_daemon, {"started": str(started)}, process=True)
    stage.executor.carry([work])
    until(started.exists, "the daemon has started")
    daemon = int(started.read_text())
    assert is_alive(daemon)
    stage.executor.cancel([work.token], "cancelled by anna")
    outcome = stage.wait()[0].outcome
    assert not is_alive(daemon)
    assert outcome.ending is Ending.CANCELLED


def test_a_result_stands_although_a_thread_left_behind_keeps_the_process_alive(stage: Stage) -> None:
    outcome = outcome_of(stage, functions.leave_a_thread)
    assert (outcome.ending, outcome.result) == (Ending.SUCCEEDED, "done")


def test_a_cancel_before_the_start_starts_no_process(stage: Stage) -> None:
    go = threading.Event()
    stage.executor._care.call(go.wait, LIMIT)
    work = work_of(functions.add, {"a": 1}, process=True)
    stage.executor.carry([work])
    stage.executor.cancel([work.token], "cancelled by anna")
    go.set()
    outcome = stage.wait()[0].outcome
    assert (outcome.ending, outcome.error_stack) == (Ending.CANCELLED, None)


def test_a_function_inside_a_function_cannot_be_found_by_its_name(stage: Stage) -> None:
    def inner() -> None: ...

    outcome = outcome_of(stage, inner)
    assert "cannot be found by name; a process task stands at the top of a module" in str(outcome.error_message)
    assert not outcome.may_retry


def test_such_a_function_is_refused_where_it_is_declared() -> None:
    app = App("shop")

    def inner() -> None: ...

    for function in (inner, lambda: None):
        with pytest.raises(Misconfigured, match="cannot be imported by the process that is to run it"):
            app.task(process=True, name="shop.inner")(function)
    assert not app.tasks


def test_a_secret_goes_to_the_process_by_stdin_and_comes_back_masked(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    args = stage.vault.seal({"password": "open sesame!"})
    assert stage.outcome(functions.find_secret, args, process=True).result is False
    with caplog.at_level("INFO"):
        outcome = stage.outcome(functions.tell_secret, args, process=True)
    assert outcome.error_message == "RuntimeError: cannot log in with ********"
    assert stage.messages() == ["using ********"]
    assert "printed ********" in caplog.text
    assert "sesame" not in caplog.text + str(outcome.error_stack)


def test_a_script_that_declares_a_process_task_can_run_it(tmp_path: Path) -> None:
    script = tmp_path / "shop.py"
    script.write_text("""
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from tests.executors.stage import Stage

def double(n: int) -> int:
    return 2 * n

if __name__ == "__main__":
    stage = Stage(Path(sys.argv[1]))
    print(stage.outcome(double, {"n": 21}, process=True))
    stage.executor.stop()
""")
    told = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert "result=42" in told.stdout, told.stderr


def test_a_module_in_the_working_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("def double(n: int) -> int:\n    return 2 * n\n")
    script = """
import sys
from pathlib import Path
from tests.executors.stage import Stage
sys.path.insert(0, "")
import shop
stage = Stage(Path(sys.argv[1]))
print(stage.outcome(shop.double, {"n": 21}, process=True))
stage.executor.stop()
"""
    told = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert "result=42" in told.stdout, told.stderr
