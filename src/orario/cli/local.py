"""The native API inside this process, on the database itself, without a server and without an engine."""

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from orario.asgi import create_app
from orario.cli.inside import Inside
from orario.cli.loading import load_settings, require_database
from orario.runtime import Runtime, load_apps
from orario.service.people import Actor, Role

_MANY = 100_000  # tasks: all of them


class LocalTransport(Inside):
    """Lets a command call the API as if a server stood here."""

    def __init__(self, runtime: Runtime, actor: Actor) -> None:
        super().__init__(create_app(runtime, local_actor=actor))
        self._runtime = runtime

    def explain(self, lines: Sequence[str]) -> list[str]:
        """What to do about a refusal that comes from an app which the server has loaded and this command has not."""
        tasks = self._runtime.services.tasks.find(per_page=_MANY).items
        missing = {task.app for task in tasks if task.name not in self._runtime.catalog and _named(task.name, lines)}
        return [
            f"Name the app {app} in ORARIO_APPS as module:attribute, or ask its server" for app in sorted(missing)
        ]


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
