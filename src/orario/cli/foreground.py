"""Reaches somebody who carries jobs now: a server that is at work, or else an engine in this process."""

import getpass
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from orario.app import App
from orario.cli.client import Client, connect, server_url
from orario.cli.exits import Exit, Failure
from orario.cli.loading import load_settings
from orario.cli.local import LocalTransport
from orario.cli.opening import Opened
from orario.core.errors import Misconfigured
from orario.runtime import Runtime, load_apps, named_app
from orario.service.actors import Actor, Role
from orario.settings import Settings


@contextmanager
def reached(app: str) -> Iterator[tuple[Client, str]]:
    """An API whose triggers are carried out, and what the app is called there."""
    with _of_server() if server_url() is not None else _of_this_process(app) as api:
        yield api, named_app(load_apps([app]), app).name if ":" in app else app


def nicknames(app: str) -> Mapping[str, str]:
    """The other names of its jobs; none where the app is only known to the server."""
    try:
        return named_app(load_apps([app]), app).nicknames
    except Misconfigured:
        return {}


@contextmanager
def _of_server() -> Iterator[Client]:
    with connect() as api:
        if not api.get("/status")["isRunning"]:
            raise Failure(Exit.UNREACHABLE, "The server answers, but its engine is not at work")
        yield api


@contextmanager
def _of_this_process(app: str) -> Iterator[Client]:
    settings = load_settings()
    runtime = Runtime(settings, _loaded(settings, app))
    actor = Actor(None, f"cli:{getpass.getuser()}", Role.ADMIN)
    with (
        _at_work(runtime, settings),
        LocalTransport(runtime, actor) as transport,
        httpx.Client(transport=transport, base_url="http://localhost") as http,
    ):
        yield Client(http, "this process")


def _loaded(settings: Settings, app: str) -> list[App]:
    """The apps that a server would load, and this one."""
    apps = load_apps(settings.apps)
    names = settings.apps or [one.name for one in apps]
    return apps if app in {one.name for one in apps} else load_apps([*names, app])


@contextmanager
def _at_work(runtime: Runtime, settings: Settings) -> Iterator[None]:
    """While a server works on this database, it carries; else this process does, and makes nothing due."""
    runtime.prepare(is_all=False)
    if Opened(runtime.database, settings).users():
        try:
            yield
        finally:
            runtime.database.close()
        return
    runtime.engine.leader.may_lead = False
    runtime.engine.lifesign = None
    runtime.start()
    try:
        yield
    finally:
        runtime.stop()
