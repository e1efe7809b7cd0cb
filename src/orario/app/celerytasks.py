"""Tasks of an existing Celery application: named, not written; performed by its own workers."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from orario.core.errors import Misconfigured
from orario.core.schedule import Schedule
from orario.core.task import Mode

_PATH = re.compile(r"[^\s\x00-\x1f]{1,200}")


def _anything(**arguments: Any) -> None:
    """What a task takes of which nobody has said it."""


class Entrusting:
    """The part of an App that speaks of others' Celery applications."""

    name: str
    task: Callable[..., Any]
    job: Callable[..., None]

    def celery_task(
        self,
        path: str,
        *,
        queue: str,
        arguments: Callable[..., Any] | None = None,
        name: str | None = None,
        display_name: str | None = None,
        description: str | None = None,
        schedule: Schedule | None = None,
        **options: Any,
    ) -> str:
        """Declare a task of an existing Celery application by its name there; it goes to `queue`, for its workers.

            app.celery_task("tasks.ad_sync.sync_users", queue="ad_queue", schedule=Every(hours=1), timeout="10m")

        `arguments` is a function that is never called: what jobs give is checked against its parameters. Without it,
        anything is passed on. The other options are those of `task`. Returns the task's name, which `job` takes.
        """
        if not _PATH.fullmatch(path):
            raise Misconfigured(f"app {self.name}: {path!r} cannot name a task of Celery's")
        word = path.rpartition(".")[2]
        name, shown = name or f"{self.name}.{word}", display_name or word.replace("_", " ").capitalize()
        said = (
            description or (arguments and inspect.getdoc(arguments)) or f"{path}, as the Celery application has it."
        )
        register = self.task(
            name=name,
            display_name=shown,
            description=said,
            queue=queue,
            handler_path=path,
            handler_type=Mode.CELERY_TASK.value,
            mode=Mode.CELERY_TASK,
            **options,
        )
        register(arguments or _anything)
        if schedule is not None:
            self.job(name.rpartition(".")[2], name, schedule, name=shown, description=said)
        return name
