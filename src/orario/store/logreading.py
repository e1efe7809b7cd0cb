"""Reading the log lines of one execution."""

from uuid import UUID

from sqlalchemy import Connection, Text, cast, or_, select

from orario.core.execution import Level, LogLine
from orario.store.tables import logs


def find(
    connection: Connection,
    execution_id: UUID,
    after: int,
    level: Level | None,
    limit: int,
    search: str | None,
    before: int | None = None,
) -> list[LogLine]:
    """The first lines after the one numbered `after`, or the last before the one numbered `before`, in order.

    Of `level` and graver, with `search` in the message or in the details.
    """
    query = select(logs).where(logs.c.execution_id == execution_id, logs.c.id > after)
    if before is not None:
        query = query.where(logs.c.id < before)
    if level is not None:
        order = list(Level)
        query = query.where(logs.c.level.in_([one.value for one in order[order.index(level) :]]))
    if search:
        texts = (logs.c.message, cast(logs.c.details, Text))
        query = query.where(or_(*(one.icontains(search, autoescape=True) for one in texts)))
    order_by = logs.c.id if before is None else logs.c.id.desc()
    found = [
        LogLine(row.execution_id, row.attempt, row.at, Level(row.level), row.message, row.details, row.id)
        for row in connection.execute(query.order_by(order_by).limit(limit))
    ]
    return found if before is None else found[::-1]
