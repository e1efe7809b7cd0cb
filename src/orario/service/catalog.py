"""Finds the task that a request means, and refuses one whose jobs cannot run."""

from collections.abc import Mapping

from sqlalchemy import Connection

from orario.core.errors import Conflict, invalid
from orario.core.task import Mode, Task
from orario.store import tasks

Catalog = Mapping[str, Task]


def require_task(connection: Connection, catalog: Catalog, id: int) -> Task:
    """The task of this number; raises Invalid at `taskFunctionId`."""
    view = tasks.get(connection, id)
    if view is None:
        raise invalid("taskFunctionId", message="there is no such task function; their list has the ids")
    return task_named(catalog, view.name, "taskFunctionId")


def task_named(catalog: Catalog, name: str, *place: str | int) -> Task:
    """The task of this name; raises Invalid at the place where it was named."""
    if why := why_not(catalog, name):
        raise invalid(*place, message=why)
    return catalog[name]


def require_runnable(catalog: Catalog, name: str) -> Task:
    """The task of a job that is to run now; raises Conflict."""
    if why := why_not(catalog, name):
        raise Conflict(f"The job cannot run: {why}")
    if catalog[name].mode is Mode.ELSEWHERE:
        raise Conflict("The job is done elsewhere and tells by pings; it cannot be started from here")
    return catalog[name]


def why_not(catalog: Catalog, name: str) -> str | None:
    """Why jobs of this task cannot run; None: they can."""
    task = catalog.get(name)
    if task is None:
        return f"the task {name} is not there: the app that declares it is not loaded"
    if not task.is_active:
        return task.inactive_reason or f"the task {name} is switched off"
    return None
