"""The native API inside this process, on the database itself, without a server and without an engine."""

import asyncio
import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import httpx

from orario.asgi import create_app
from orario.cli.loading import load_settings, require_database
from orario.runtime import Runtime, load_apps
from orario.service.people import Actor, Role

_MANY = 100_000  # tasks: all of them


class LocalTransport(httpx.BaseTransport):
    """Lets a synchronous client call a web application that lives in the same process."""

    def __init__(self, runtime: Runtime, actor: Actor) -> None:
        self._runtime = runtime
        self._inner = httpx.ASGITransport(create_app(runtime, local_actor=actor))
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._runner.run(self._pass(request))

    async def _pass(self, request: httpx.Request) -> httpx.Response:
        # Nothing is gained by compressing inside one process.
        kept = [header for header in request.headers.raw if header[0].lower() != b"accept-encoding"]
        headers = [*kept, (b"accept-encoding", b"identity")]
        copy = httpx.Request(request.method, request.url, headers=headers, content=request.content)
        answer = await self._inner.handle_async_request(copy)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def explain(self, lines: Sequence[str]) -> list[str]:
        """What to do about a refusal that comes from an app which the server has loaded and this command has not."""
        tasks = self._runtime.services.tasks.find(per_page=_MANY).items
        missing = {task.app for task in tasks if task.name not in self._runtime.catalog and _named(task.name, lines)}
        return [
            f"Name the app {app} in ORARIO_APPS as module:attribute, or ask its server" for app in sorted(missing)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._runner.close()


@contextmanager
def local_transport(*, create: bool) -> Iterator[LocalTransport]:
    """A way to the API as the person at this terminal, who owns the database and so may do everything."""
    settings = load_settings()
    if not create:
        require_database(settings)
    runtime = Runtime(settings, load_apps(settings.apps))
    try:
        runtime.look()
        if not runtime.services.tasks.find(per_page=1).total:
            runtime.prepare()  # no server has ever started here
        with LocalTransport(runtime, Actor(None, f"cli:{getpass.getuser()}", Role.ADMIN)) as transport:
            yield transport
    finally:
        runtime.database.close()


def _named(task: str, lines: Sequence[str]) -> bool:
    return any(f"the task {task} " in line for line in lines)
