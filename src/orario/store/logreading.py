"""Reading the log lines of one execution."""

from uuid import UUID

from sqlalchemy import Connection, select

from orario.core.execution import Level, LogLine
from orario.store.tables import logs


def find(
    connection: Connection, execution_id: UUID, after: int, level: Level | None, limit: int, search: str | None
) -> list[LogLine]:
    """The lines after the one numbered `after`, in order; of `level` and graver, with `search` in the message."""
    query = select(logs).where(logs.c.execution_id == execution_id, logs.c.id > after)
    if level is not None:
        order = list(Level)
        query = query.where(logs.c.level.in_([one.value for one in order[order.index(level) :]]))
    if search:
        query = query.where(logs.c.message.icontains(search, autoescape=True))
    rows = connection.execute(query.order_by(logs.c.id).limit(limit))
    return [
        LogLine(row.execution_id, row.attempt, row.at, Level(row.level), row.message, row.details, row.id)
        for row in rows
    ]
