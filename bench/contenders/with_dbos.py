"""DBOS with a queue of its own, and `async def` workflows without steps."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import psycopg
from dbos import DBOS

from bench.contenders.beforehand import Beforehand, in_chunks, note
from bench.contenders.databases import Counter, fresh

_QUEUE = "bench"
_LOOKS_EVERY = 0.02  # at its queue; by default 1 s
_ENQUEUE = """
    SELECT dbos.enqueue_workflow('stamp', 'bench', ARRAY[%s, %s]::json[], delay_until_epoch_ms => %s)
"""


@DBOS.workflow(name="stamp")
async def stamp(number: int, due: float) -> None:
    note(number, due)


class Dbos(Beforehand):
    """Its schedules know no parts of a second: every moment is a workflow, enqueued beforehand with a delay.

    It looks once a second for those whose delay is over, which cannot be set lower.

    Recorded: the workflow's row says success.
    """

    is_durable: ClassVar[bool] = True
    seconds_each: ClassVar[float] = 4e-4

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._url = fresh()
        DBOS(config={"name": "bench", "system_database_url": self._url, "log_level": "ERROR"})
        DBOS.launch()
        DBOS.register_queue(_QUEUE, polling_interval_sec=_LOOKS_EVERY)
        self._succeeded = Counter(self._url, "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'")

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        """By its function for this in the database; from Python each would be a transaction."""
        with psycopg.connect(self._url) as connection, connection.cursor() as cursor:
            for some in in_chunks(firsts, every, times, patience):
                cursor.executemany(_ENQUEUE, [(str(number), repr(due), round(due * 1000)) for number, due in some])
                connection.commit()

    def start(self) -> None:
        """It runs already."""

    def recorded(self) -> int:
        return self._succeeded.read()

    def stop(self) -> None:
        DBOS.destroy()
