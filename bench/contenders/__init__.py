"""The measured systems, all behind one face."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import ClassVar

NAMES = {
    "orario": "Orario",
    "apscheduler-memory": "APScheduler 3, memory",
    "apscheduler-sqlite": "APScheduler 3, SQLite",
    "huey": "Huey, SQLite",
    "call_at": "asyncio.call_at, bare",
    "apscheduler-postgresql": "APScheduler 3, PostgreSQL",
    "procrastinate": "Procrastinate",
    "procrastinate-tuned": "Procrastinate, tuned",
    "dbos": "DBOS",
    "dbos-tuned": "DBOS, tuned",
    "celery": "Celery beat + worker, Redis",
}
PEERS = {
    "sqlite": ("apscheduler-memory", "apscheduler-sqlite", "huey", "call_at"),
    "postgresql": ("apscheduler-postgresql", "procrastinate", "procrastinate-tuned", "dbos", "dbos-tuned", "celery"),
}
_CLASSES = {
    "orario": "with_orario:Orario",
    "apscheduler-memory": "with_apscheduler:InMemory",
    "apscheduler-sqlite": "with_apscheduler:OnSqlite",
    "huey": "with_huey:Huey",
    "call_at": "with_call_at:CallAt",
    "apscheduler-postgresql": "with_apscheduler:OnPostgresql",
    "procrastinate": "with_procrastinate:Procrastinate",
    "procrastinate-tuned": "with_procrastinate:Tuned",
    "dbos": "with_dbos:Dbos",
    "dbos-tuned": "with_dbos:Tuned",
    "celery": "with_celery:BeatAndWorker",
}

Start = tuple[str, float, float]  # which job, when it was due, when its function ran (seconds since 1970)


class GaveUp(Exception):
    """What was tried takes longer than anybody wants to wait; the message says how far it came."""


class Contender(ABC):
    """A scheduler with a no-op task that notes when it runs."""

    is_durable: ClassVar[bool]  # what was registered is there when a new process starts
    seconds_each: ClassVar[float]  # a first guess at how long it takes to register a job

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def seconds_for(self, size: int, times: int) -> float:
        """A first guess at how long registering takes."""
        return size * self.seconds_each

    @abstractmethod
    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        """One job per moment in `firsts`, due then and every so many seconds after, `times` times at least.

        Raises GaveUp after `patience` seconds. `hurried` where registering is not what is measured: the disk need not
        be waited for.
        """

    @abstractmethod
    def start(self) -> None:
        """Let it run; on return it fires what is due."""

    @abstractmethod
    def starts(self) -> list[Start]:
        """Every call of the task."""

    @abstractmethod
    def started(self) -> int:
        """How many calls there were; cheap."""

    @abstractmethod
    def recorded(self) -> int:
        """How many runs the system itself knows to have ended, where it keeps such things."""

    @abstractmethod
    def stop(self) -> None:
        """End it."""


def contender(name: str, folder: Path) -> Contender:
    """Only this one is imported: a process that measures one system should not carry the others."""
    module, _, attribute = _CLASSES[name].partition(":")
    made = getattr(import_module(f"bench.contenders.{module}"), attribute)(folder)
    assert isinstance(made, Contender)
    return made
