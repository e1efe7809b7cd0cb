"""The named lines in which executions wait: how wide, carried by what, held or not."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from orario.store.executions import PENDING, RUNNING
from orario.store.raw import rows
from orario.store.tables import executions, queues

LOCAL = "local"  # this instance's own loop, threads and processes
CELERY = "celery"  # Celery's workers
EXECUTORS = (LOCAL, CELERY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """How a queue was set up; one that nobody set up is as these defaults say."""

    name: str
    width: int | None = None  # None: the setting's
    executor: str = LOCAL
    is_paused: bool = False


class Lines(NamedTuple):
    """The queues that somebody set up, as one kind of executor sees them."""

    widths: dict[str, int]  # how many may run at once, where that is said: none of a paused queue or of another's
    others: frozenset[str]  # carried by other executors


def lines(connection: Connection, executor: str) -> Lines:
    """The queues that somebody set up; what is in all others is carried here."""
    found = rows(connection, "SELECT name, width, is_paused, executor FROM queues")
    others = frozenset(name for name, _, _, carrier in found if (carrier == CELERY) is not (executor == CELERY))
    widths = {name: 0 if is_paused or name in others else width for name, width, is_paused, _ in found}
    return Lines({name: width for name, width in widths.items() if width is not None}, others)


def widths(connection: Connection) -> dict[str, int]:
    """How many executions may be under way, of each queue that says so; none of a paused one."""
    found = rows(connection, "SELECT name, width, is_paused FROM queues")
    return {name: 0 if is_paused else width for name, width, is_paused in found if is_paused or width is not None}


def carried_by(connection: Connection, executor: str) -> list[str]:
    """The queues of one kind of executor."""
    return [name for [name] in rows(connection, "SELECT name FROM queues WHERE executor = ?", executor)]


def everything(connection: Connection) -> list[Queue]:
    """The queues that somebody set up, by name."""
    return [_from_row(row) for row in connection.execute(select(queues).order_by(queues.c.name))]


def get(connection: Connection, name: str) -> Queue:
    """The queue of this name, as set up or as usual."""
    row = connection.execute(select(queues).where(queues.c.name == name)).one_or_none()
    return Queue(name=name) if row is None else _from_row(row)


def put(connection: Connection, queue: Queue) -> None:
    """Set a queue up; the usual values leave no row behind."""
    connection.execute(delete(queues).where(queues.c.name == queue.name))
    if queue != Queue(name=queue.name):
        connection.execute(
            insert(queues).values(
                name=queue.name, width=queue.width, executor=queue.executor, is_paused=queue.is_paused
            )
        )


def _from_row(row: Any) -> Queue:
    return Queue(name=row.name, width=row.width, executor=row.executor, is_paused=row.is_paused)


def load(connection: Connection) -> dict[str, tuple[int, int]]:
    """How many executions wait and run, of each queue that has any."""
    waiting, carried = _by_queue(connection, PENDING), _by_queue(connection, RUNNING)
    return {name: (waiting.get(name, 0), carried.get(name, 0)) for name in waiting.keys() | carried.keys()}


def _by_queue(connection: Connection, state: ColumnElement[bool]) -> dict[str, int]:
    query = select(executions.c.queue, func.count()).where(state).group_by(executions.c.queue)
    return {name: number for name, number in connection.execute(query)}
