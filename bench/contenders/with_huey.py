"""Huey with its SQLite storage and its consumer: one worker thread, which is its default."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from huey import SqliteHuey  # type: ignore[import-untyped]

from bench.contenders.beforehand import Beforehand, in_chunks, note

_LONGEST_NAP = 0.1  # by default a worker that has found nothing for a while looks every 10 s only


def stamp(number: int, due: float) -> bool:
    note(number, due)
    return True  # None would not be stored as a result


class Huey(Beforehand):
    """Its periodic tasks know no seconds: every moment is a task of its own, scheduled beforehand.

    Recorded: the result is stored. It looks at its schedule once a second, which cannot be set lower.
    """

    is_durable: ClassVar[bool] = True
    seconds_each: ClassVar[float] = 5e-4

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._huey: Any = SqliteHuey(filename=str(folder / "huey.db"))
        self._task = self._huey.task()(stamp)
        self._consumer: Any = None

    def seconds_for(self, size: int, times: int) -> float:
        return size * times * self.seconds_each

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        # All threads share one connection: what is set here must be taken back before anything is measured.
        self._huey.storage.conn.execute(f"PRAGMA synchronous = {'OFF' if hurried else 'FULL'}")
        self._schedule(firsts, every, times, patience)
        self._huey.storage.conn.execute("PRAGMA synchronous = FULL")  # SQLite's own default

    def _schedule(self, firsts: Sequence[float], every: float, times: int, patience: float) -> None:
        for some in in_chunks(firsts, every, times, patience):
            for number, due in some:
                self._task.schedule((number, due), eta=datetime.fromtimestamp(due, UTC))

    def start(self) -> None:
        self._consumer = self._huey.create_consumer(max_delay=_LONGEST_NAP)
        self._consumer.start()

    def recorded(self) -> int:
        return int(self._huey.result_count())

    def stop(self) -> None:
        if self._consumer is not None:
            self._consumer.stop(graceful=False)
