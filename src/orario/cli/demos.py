"""Loads, removes and serves what apps bring for a demonstration."""

import asyncio
import os
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from typer import Exit as Leave

from orario.app import App, Demo, StandIn
from orario.cli import show
from orario.cli.exits import Exit, Failure
from orario.cli.loading import load_settings
from orario.runtime import Runtime, load_apps, named_app
from orario.settings import Settings


def load(name: str) -> dict[str, int]:
    """Make the rows; how many, by kind."""
    return _on(name, lambda demo, runtime: demo.load(runtime.services))


def remove(name: str) -> dict[str, int]:
    """Take them out again."""
    return _on(name, lambda demo, runtime: demo.remove(runtime.services))


def _on(name: str, act: Callable[[Demo, Runtime], Mapping[str, int]]) -> dict[str, int]:
    settings = load_settings()
    apps = load_apps([*settings.apps, name])
    demo = _demo(named_app(apps, name))
    runtime = Runtime(settings, apps)
    try:
        runtime.look()
        runtime.make_tables()
        if not runtime.services.tasks.find(per_page=1).total:
            runtime.prepare()  # no server has ever started here
        return dict(act(demo, runtime))
    finally:
        runtime.database.close()


def _demo(app: App) -> Demo:
    if app.demo is None:
        raise Failure(Exit.NOT_FOUND, f"The app {app.name} brings no demonstration")
    return app.demo


def servers(names: Sequence[str], command: str | None, file: Path | None) -> None:
    """Start the stand-ins and wait for the end: a signal's, or the command's."""
    settings = load_settings()
    raise Leave(asyncio.run(_serve(_stand_ins(settings, names), command, file)))


def _stand_ins(settings: Settings, names: Sequence[str]) -> list[StandIn]:
    apps = load_apps([*names] or settings.apps)
    wanted = [named_app(apps, name) for name in names] if names else apps
    found = [one for app in wanted if app.demo is not None for one in app.demo.servers()]
    if not found:
        raise Failure(Exit.NOT_FOUND, "None of these apps brings a server that stands in")
    return found


async def _serve(stand_ins: Sequence[StandIn], command: str | None, file: Path | None) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running: list[StandIn] = []
    environment: dict[str, str] = {}
    try:
        for one in stand_ins:
            environment |= await one.start()
            running.append(one)
        _tell(running, environment, file)
        if command is None:
            await stop.wait()
            return Exit.OK
        return await _run(command, environment, stop)
    finally:
        for one in reversed(running):
            await one.stop()


def _tell(running: Sequence[StandIn], environment: Mapping[str, str], file: Path | None) -> None:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    if file is not None:
        file.write_text("\n".join(lines) + "\n")
    for name in dict.fromkeys(one.name for one in running):
        show.hint(f"Standing in: {name}")
    print("\n".join(lines), flush=True)


async def _run(command: str, environment: Mapping[str, str], stop: asyncio.Event) -> int:
    """The exit code of a command that runs beside; a signal goes on to it."""
    words = shlex.split(command)
    try:
        process = await asyncio.create_subprocess_exec(*words, env={**os.environ, **environment})
    except OSError as error:
        raise Failure(Exit.INVALID, f"{words[0]}: {error.strerror}") from None
    ended = asyncio.create_task(process.wait())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    stopped.cancel()
    code = await ended
    return code if code >= 0 else 128 - code
