"""What all attempts of one executor share."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

from orario.core.clock import Clock
from orario.core.errors import Invalid
from orario.core.task import Mode, Task
from orario.engine.inbox import Inbox
from orario.service.services import Services
from orario.settings import Settings
from orario.store.vault import Vault

Carried = TypeVar("Carried")


class Slots:
    """How many attempts of each mode run, and may. A slot is taken until its function has really ended."""

    def __init__(self, limits: Mapping[Mode, int]) -> None:
        self._limits = limits
        self._taken = dict.fromkeys(Mode, 0)
        self._lock = Lock()

    def take(self, mode: Mode, count: int = 1) -> None:
        with self._lock:
            self._taken[mode] += count

    def release(self, mode: Mode) -> None:
        with self._lock:
            self._taken[mode] -= 1

    def taken(self, mode: Mode) -> int:
        return self._taken[mode]

    def room(self, mode: Mode) -> int:
        return max(0, self._limits[mode] - self._taken[mode])


@dataclass(kw_only=True)
class Means(Generic[Carried]):
    """Where reports and words go, where secrets and times come from, who is under way."""

    inbox: Inbox
    vault: Vault
    clock: Clock
    settings: Settings
    services: Services | None  # for tasks that ask Orario itself
    disarm: Callable[[Carried], None]  # its time-out counts no more
    on_loop: Callable[[Callable[[], None]], None]  # call this on the work loop, soon
    on_idle: Callable[[], None] = lambda: None  # the last one under way has reported
    underway: dict[UUID, Carried] = field(default_factory=dict)  # by token; who takes it out, reports
    late: deque[Callable[[], None]] = field(default_factory=deque)  # progress that waits for its next word
    slots: Slots = field(init=False)
    _bare: dict[str, bool] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        limits = {
            Mode.LOOP: self.settings.coroutines,
            Mode.THREAD: self.settings.threads,
            Mode.PROCESS: self.settings.processes,
        }
        self.slots = Slots(limits)

    def can_call_bare(self, task: Task) -> bool:
        """Whether the function needs no arguments; found out once, since most attempts have none."""
        if task.name not in self._bare:
            self._bare[task.name] = _binds_nothing(task)
        return self._bare[task.name]


def _binds_nothing(task: Task) -> bool:
    try:
        return not task.bind({})
    except Invalid:
        return False
