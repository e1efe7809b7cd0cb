"""How the last day went, by the quarter of an hour; each quarter is counted once and then remembered."""

from dataclasses import dataclass, field
from datetime import datetime
from time import sleep

from orario.core.execution import State
from orario.service.background import Background
from orario.service.tools import Tools
from orario.store import overview
from orario.store.columns import from_micros
from orario.store.overview import QUARTER, Quarter

__all__ = ["Quarter", "Trend", "Trends"]

SHOWN = 96  # quarters: a day
_STILL_MOVING = 2  # the last quarters are counted again each time
_AT_ONCE = 4
_REST = 0.005  # seconds between two looks: the engine goes first
_LIVE = (State.PENDING, State.RUNNING)
_LASTS = 4.0


@dataclass(frozen=True)
class Trend:
    """The quarters of the last day, the oldest first; those in which nothing happened are there, too."""

    quarters: list[Quarter]

    def count(self, *states: State) -> int:
        return sum(quarter.counts.get(state, 0) for quarter in self.quarters for state in states)

    @property
    def ended(self) -> int:
        """How many have run to an end."""
        return self.count(State.SUCCESS, State.FAILED, State.TIMEOUT)

    @property
    def success_rate(self) -> float | None:
        return self.count(State.SUCCESS) / self.ended if self.ended else None

    @property
    def average_lag(self) -> float | None:
        """Seconds between the due moment and the start."""
        lags = sum(quarter.lags for quarter in self.quarters)
        return sum(quarter.lag_total for quarter in self.quarters) / lags if lags else None

    @property
    def longest_lag(self) -> float:
        return max((quarter.lag_longest for quarter in self.quarters), default=0.0)


@dataclass
class Trends:
    """Made in the background: nobody waits while a day of millions is counted for the first time."""

    tools: Tools
    _known: dict[int, Quarter] = field(default_factory=dict)
    _made: Background[Trend] = field(init=False)

    def __post_init__(self) -> None:
        self._made = Background(self._make, _LASTS, "orario-trends")

    def look(self) -> Trend | None:
        """The trend; None while it is counted for the first time."""
        return self._made.look()

    def _make(self) -> Trend:
        last = overview.number_of(self.tools.clock.now())
        first = last - SHOWN + 1
        moving = [at for at in range(first, last + 1) if at > last - _STILL_MOVING or not self._is_settled(at)]
        for start in range(0, len(moving), _AT_ONCE):
            self._count(moving[start : start + _AT_ONCE])
            sleep(_REST)
        for old in [at for at in self._known if at < first]:
            del self._known[old]
        return Trend([self._known.get(at) or Quarter(_start(at)) for at in range(first, last + 1)])

    def _is_settled(self, at: int) -> bool:
        known = self._known.get(at)
        return known is not None and not any(known.counts.get(state) for state in _LIVE)

    def _count(self, wanted: list[int]) -> None:
        with self.tools.database.reading() as connection:
            found = overview.quarters(connection, _start(wanted[0]), _start(wanted[-1] + 1))
        for at in wanted:
            self._known[at] = found.get(at) or Quarter(_start(at))


def _start(at: int) -> datetime:
    return from_micros(at * QUARTER)
