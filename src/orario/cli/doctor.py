"""The command `orario doctor`: what is well, what is not, and what to do about it."""

from collections.abc import Iterator

import httpx

from orario.cli.checks import (
    Finding,
    check_database,
    check_disk,
    check_key,
    check_zones,
    fail,
    guarded,
    ok,
    warn,
)
from orario.cli.client import Client, connect, server_url
from orario.cli.exits import Exit, Failure
from orario.cli.findings import report
from orario.cli.loading import database_file, load_settings
from orario.cli.options import Json
from orario.core.errors import Misconfigured
from orario.settings import Settings
from orario.store.database import Database


def doctor(json: Json = False) -> None:
    """Check the server that commands ask, or else this machine: settings, database, clock, leader, key, disk."""
    report(_local() if server_url() is None else _remote(), json)


def _local() -> Iterator[Finding]:
    try:
        settings = load_settings()
        from orario.runtime import load_apps  # the whole engine, for the one check that loads apps

        apps = load_apps(settings.apps)
    except (Failure, Misconfigured) as error:
        yield fail("settings", str(error), "Set it right; `orario serve` would not start.")
        return
    yield ok("settings", f"apps: {', '.join(app.name for app in apps)}")
    file = database_file(settings)
    yield from _database(settings)
    yield check_zones()
    yield guarded("key", lambda: check_key(settings, file))
    yield guarded("disk", lambda: check_disk(file))


def _database(settings: Settings) -> Iterator[Finding]:
    file = database_file(settings)
    if file is not None and not file.exists():
        yield warn("database", f"there is none at {file} yet", "`orario serve` makes it.")
        return
    try:
        database = Database(settings.database_url)
    except Misconfigured as error:
        yield fail("database", str(error), "Set ORARIO_DATABASE_URL right.")
        return
    try:
        yield from check_database(database, settings.heartbeat_seconds)
    finally:
        database.close()


def _remote() -> Iterator[Finding]:
    try:
        with connect() as api:
            yield _ready(api)
            status = api.get("/status")
            yield ok("token", "is accepted")
            yield (
                ok("leader", _leader(status))
                if status["isRunning"]
                else fail("leader", "no instance leads, so nothing fires", "Look at the server's log.")
            )
    except Failure as error:
        advice = "Is ORARIO_URL right?" if error.code is Exit.UNREACHABLE else "Is ORARIO_TOKEN right?"
        yield fail("server", str(error), advice)


def _ready(api: Client) -> Finding:
    answer = api.send("GET", "/readyz")
    if answer.is_success:
        return ok("server", f"{api.where} is ready")
    return fail("server", f"{api.where} is not ready{_reasons(answer)}", "Look at the server's log.")


def _reasons(answer: httpx.Response) -> str:
    try:
        return f": {'; '.join(answer.json()['reasons'])}"
    except (ValueError, KeyError, TypeError):  # something in between answers
        return f", /readyz answers {answer.status_code}"


def _leader(status: dict[str, object]) -> str:
    leader = status.get("leaderInstance")
    return f"{leader['hostname']}, process {leader['pid']}" if isinstance(leader, dict) else "unknown"
