"""DBOS with a queue of its own: by its defaults with a step in each workflow, and with less to do and more looks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from dbos import DBOS

from bench.contenders.beforehand import Beforehand, in_chunks, note
from bench.contenders.databases import Counter, fresh

_QUEUE = "bench"
_ENQUEUE = """
    SELECT dbos.enqueue_workflow(%s, 'bench', ARRAY[%s, %s]::json[], delay_until_epoch_ms => %s)
"""


@DBOS.step()
def note_in_step(number: int, due: float) -> None:
    note(number, due)


@DBOS.workflow(name="stepping")
def stepping(number: int, due: float) -> None:
    note_in_step(number, due)


@DBOS.workflow(name="bare")
async def bare(number: int, due: float) -> None:
    note(number, due)


class Dbos(Beforehand):
    """Its schedules know no parts of a second: every moment is a workflow, enqueued beforehand with a delay.

    It looks once a second for those whose delay is over, which cannot be set lower.

    Recorded: the workflow's row says success.
    """

    is_durable: ClassVar[bool] = True
    seconds_each: ClassVar[float] = 4e-4
    workflow: ClassVar[str] = "stepping"
    queue: ClassVar[dict[str, Any]] = {}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._url = fresh()
        DBOS(config={"name": "bench", "system_database_url": self._url, "log_level": "ERROR"})
        DBOS.launch()
        DBOS.register_queue(_QUEUE, **self.queue)
        self._succeeded = Counter(self._url, "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'")

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        """By its function for this in the database; from Python each would be a transaction."""
        with psycopg.connect(self._url) as connection, connection.cursor() as cursor:
            for some in in_chunks(firsts, every, times, patience):
                calls = [(self.workflow, str(number), repr(due), round(due * 1000)) for number, due in some]
                cursor.executemany(_ENQUEUE, calls)
                connection.commit()

    def start(self) -> None:
        """It runs already."""

    def recorded(self) -> int:
        return self._succeeded.read()

    def stop(self) -> None:
        DBOS.destroy()


class Tuned(Dbos):
    """No steps, no threads, and it looks at its queue more often than once a second."""

    workflow: ClassVar[str] = "bare"
    queue: ClassVar[dict[str, Any]] = {"polling_interval_sec": 0.02}
