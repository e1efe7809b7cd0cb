"""An app's hooks: called on the loop that carries its tasks, in order, each even if another one fails."""

import asyncio
from pathlib import Path

import pytest

from orario import App, At, State
from orario.runtime import Runtime
from orario.service.actors import SYSTEM
from orario.settings import Settings
from orario.testing import Harness


def test_coroutine_hooks_run_on_the_loop_of_the_tasks(tmp_path: Path) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    app = App("hooked")

    async def note_loop() -> None:
        loops.append(asyncio.get_running_loop())

    app.on_startup(note_loop)
    app.on_shutdown(note_loop)
    app.task(name="hooked.note")(note_loop)
    app.job("note", "hooked.note", At("2100-01-01T00:00Z"))
    runtime = Runtime(Settings(database_url=f"sqlite:///{tmp_path}/orario.db"), [app])
    runtime.prepare()
    runtime.start()
    try:
        opened = runtime.services.jobs.trigger("note", SYSTEM)
        assert runtime.services.executions.wait(opened.id, 20).state is State.SUCCESS
    finally:
        runtime.stop()
    assert len(loops) == 3
    assert len(set(loops)) == 1


def test_a_shutdown_hook_that_fails_keeps_no_other_from_being_called(caplog: pytest.LogCaptureFixture) -> None:
    called = []
    app = App("hooked")
    app.on_startup(lambda: called.append("up"))
    app.on_shutdown(lambda: 1 / 0)
    app.on_shutdown(lambda: called.append("down"))
    with Harness(app):
        assert called == ["up"]
    assert called == ["up", "down"]
    assert "a shutdown hook failed" in caplog.text
