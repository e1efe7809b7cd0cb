"""Serves: the engine, the API and the dashboard in one process, from greeting to drain."""

import gc
import json
import logging
import socket
import sys
from collections.abc import Sequence

from orario.asgi import create_app
from orario.cli import logs, server
from orario.cli.exits import Exit, Failure
from orario.cli.loading import database_file
from orario.core.errors import NotFound
from orario.executors.capture import hush
from orario.runtime import Runtime, load_apps
from orario.service.people import SYSTEM, Role
from orario.settings import Settings

log = logging.getLogger("orario")

_YOUNG = 20_000
# Each statement lets go of the interpreter, and waits for it so long where a page is drawn or a request computes.
_TURN_SECONDS = 0.0002


def start(settings: Settings, modules: Sequence[str]) -> None:
    """Listen, prepare, run until told to stop."""
    loaded = load_apps([*settings.apps, *modules])
    runtime: Runtime | None = None
    with server.listen(settings.host, settings.port) as listener:
        logs.configure(settings, lambda: None if runtime is None else runtime.engine.identity.id)
        hush()
        runtime = Runtime(settings, loaded)
        runtime.prepare()
        tune()
        run(runtime, listener)


def tune() -> None:
    """Make this process prompt: what is there by now lives as long as it does, and threads take short turns."""
    gc.collect()
    gc.freeze()  # a full collection no longer walks through every imported module
    gc.set_threshold(_YOUNG)  # a batch of firings makes thousands of values, and nearly all are gone right after
    sys.setswitchinterval(_TURN_SECONDS)


def run(runtime: Runtime, listener: socket.socket) -> None:
    """Serve until told to stop."""
    token, link = first_token(runtime), first_link(runtime)
    running = server.Server(
        create_app(runtime),
        root_path=runtime.settings.root_path,
        on_started=lambda: greet(runtime, server.address_of(listener), token, link),
        on_stopping=lambda: hold(runtime),
    )
    runtime.engine.on_moved = running.ask_to_stop
    running.run(sockets=[listener])
    if runtime.engine.leader.is_moved:
        raise Failure(
            Exit.INVALID,
            "Stopped, because `orario db migrate-to` takes all of this to another database: "
            "start again with ORARIO_DATABASE_URL set to it, as soon as that command is done",
        )
    if not running.started:
        raise Failure(Exit.FAILED, "Orario could not start; the log above says why")


def first_token(runtime: Runtime) -> str | None:
    """An administrator's token if there is no token at all yet; it is never seen again."""
    people = runtime.services.people
    return None if people.has_tokens() else people.create_token("admin", Role.ADMIN, SYSTEM)[1]


def first_link(runtime: Runtime) -> str | None:
    """What a link that signs an administrator in once must hold, while nobody could come in without one."""
    return runtime.services.users.first_link()


def hold(runtime: Runtime) -> None:
    """Start nothing new from now on, and let go who waits for news; the rest of the stop waits for open requests."""
    log.info("stopping; what runs has %g s to end", runtime.settings.drain_seconds)
    runtime.engine.hold()
    runtime.wake.end()


def greet(runtime: Runtime, address: str, token: str | None, link: str | None) -> None:
    """What a newcomer needs: where it is, where the data is, what is loaded, a token, a first job to paste."""
    print("\n".join(greeting(runtime, address, token, link)), flush=True)


def greeting(runtime: Runtime, address: str, token: str | None, link: str | None) -> Sequence[str]:
    lines = [
        f"Orario is at {address} (API: {address}/docs)",
        f"Data:  {_where(runtime.settings)}",
        f"Apps:  {', '.join(app.name for app in runtime.apps)}",
    ]
    if link is not None:
        where = runtime.settings.public_url.rstrip("/") or address
        lines.append(f"Sign in: {where}/sign-in/once?key={link} (good once, for a quarter of an hour)")
    if token is not None:
        lines += [
            f"Token: {token} (an administrator's; shown this once, so keep it)",
            "",
            "For the commands of another terminal:",
            f"  export ORARIO_URL={address} ORARIO_TOKEN={token}",
        ]
    curl = _curl(runtime, address, token)
    return [*lines, "", "A first job, every 5 seconds:", curl] if curl else lines


def _where(settings: Settings) -> str:
    file = database_file(settings)
    return str(file) if file else settings.database_url.rpartition("@")[2]


def _curl(runtime: Runtime, address: str, token: str | None) -> str | None:
    try:
        task = runtime.services.tasks.get("http.request")
    except NotFound:
        return None
    document = {
        "name": "My first job",
        "taskFunctionId": task.id,
        "jobTypeId": 1,
        "scheduleConfig": {"seconds": 5},
        "taskArgs": {"url": f"{address}/healthz"},
    }
    return (
        f"  curl -X POST {address}/api/v1/scheduler/jobs \\\n"
        f'    -H "Authorization: Bearer {token or "$ORARIO_TOKEN"}" \\\n'
        f'    -H "Content-Type: application/json" \\\n'
        f"    -d '{json.dumps(document)}'"
    )
