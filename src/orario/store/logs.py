"""The log lines of executions."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from orario.core.execution import LogLine
from orario.store.columns import to_micros
from orario.store.raw import many


def write(connection: Connection, lines: Sequence[LogLine]) -> None:
    """Store lines in the order given."""
    many(
        connection,
        "INSERT INTO logs (execution_id, attempt, at, level, message, details) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                line.execution_id.hex,
                line.attempt,
                to_micros(line.at),
                line.level.value,
                line.message,
                None if line.details is None else json.dumps(line.details, ensure_ascii=False),
            )
            for line in lines
        ],
    )
