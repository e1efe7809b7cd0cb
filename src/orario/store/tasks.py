"""The registered functions, under numbers that stay the same from one start to the next."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from orario.core.task import Task
from orario.store.tables import tasks


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskView:
    """A task as it is remembered; its function may be gone (`is_known`)."""

    id: int
    name: str
    app: str
    display_name: str
    description: str | None
    handler_path: str
    handler_type: str
    queue: str
    default_timeout_seconds: int | None
    is_active: bool
    is_system: bool
    is_known: bool
    args_schema: dict[str, Any]
    created_at: datetime


_COLUMNS = tuple(tasks.c[field] for field in TaskView.__dataclass_fields__)


def enter(connection: Connection, present: Iterable[Task], now: datetime) -> None:
    """Write down the tasks of this start; those of earlier starts that are not among them have lost their code."""
    stored = {view.name: view for view in everything(connection)}
    connection.execute(update(tasks).values(is_known=False))
    for task in present:  # as the apps were named: the shipped ones have the same ids on every fresh server
        values = _values(task)
        if task.name in stored:
            connection.execute(update(tasks).where(tasks.c.name == task.name).values(values))
        else:
            connection.execute(insert(tasks).values(created_at=now, **values))


def _values(task: Task) -> dict[str, Any]:
    timeout = task.policy.timeout
    return {
        "name": task.name,
        "app": task.app,
        "display_name": task.display_name,
        "description": task.description,
        "handler_path": task.handler_path,
        "handler_type": task.handler_type,
        "queue": task.queue,
        "default_timeout_seconds": None if timeout is None else ceil(timeout.total_seconds()),
        "is_active": task.is_active,
        "is_system": task.is_system,
        "is_known": True,
        "args_schema": task.args_schema,
    }


def everything(connection: Connection) -> list[TaskView]:
    """Every task there ever was, in the order of their numbers."""
    return [_from_row(row) for row in connection.execute(select(*_COLUMNS).order_by(tasks.c.id))]


def find(connection: Connection, is_active: bool | None, limit: int, offset: int) -> tuple[list[TaskView], int]:
    """A page of the tasks whose code is there, and how many they are."""
    conditions: list[ColumnElement[bool]] = [tasks.c.is_known]
    if is_active is not None:
        conditions.append(tasks.c.is_active == is_active)
    rows = connection.execute(select(*_COLUMNS).where(*conditions).order_by(tasks.c.id).limit(limit).offset(offset))
    total = connection.scalar(select(func.count()).select_from(tasks).where(*conditions))
    return [_from_row(row) for row in rows], total or 0


def get(connection: Connection, id: int) -> TaskView | None:
    """The task of this number."""
    row = connection.execute(select(*_COLUMNS).where(tasks.c.id == id)).one_or_none()
    return None if row is None else _from_row(row)


def by_name(connection: Connection, names: Collection[str]) -> dict[str, TaskView]:
    """The tasks of these names."""
    rows = connection.execute(select(*_COLUMNS).where(tasks.c.name.in_(sorted(names))))
    return {row.name: _from_row(row) for row in rows}


def _from_row(row: Any) -> TaskView:
    return TaskView(**row._mapping)
