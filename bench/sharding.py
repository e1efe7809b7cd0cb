"""Simulates due moments split over shards, each with a leader of its own: `python -m bench.sharding`.

A machine on paper: instances with one processor for their Python each, a database with some, and transactions that
cost what `bench.tick_cost` has measured. It shows where one leader saturates, and what shards change about it.
docs/explanation/scale.md tells what to make of it.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

_MINUTE = 60.0
_BATCH = 500  # due jobs in one tick, as in engine/ticker.py
_MANY = 1000  # endings in one settlement
_COMMIT = 0.001  # seconds until the disk has it, during which no processor works


@dataclass(frozen=True)
class Price:
    """Seconds of processor time of a transaction: so much for itself, so much for each job in it."""

    here: float
    here_each: float
    there: float
    there_each: float


# PostgreSQL 15, medians of `python -m bench.tick_cost postgresql://...`; docs/explanation/scale.md has the run.
TICK = Price(1.8e-3, 20.5e-6, 1.6e-3, 15.6e-6)
SETTLEMENT = Price(0.8e-3, 9.5e-6, 0.6e-3, 13.2e-6)


class Simulation:
    """Events in the order of their time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    def at(self, time: float, event: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (max(time, self.now), self._number, event))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, event = heapq.heappop(self._events)
            event()


class Servers:
    """Some processors with one line in front of them; with one, it may as well be a lock."""

    def __init__(self, simulation: Simulation, count: int) -> None:
        self._simulation, self._free, self.count = simulation, count, count
        self._line: deque[tuple[float, Callable[[], None]]] = deque()
        self.busy = 0.0

    def serve(self, seconds: float, then: Callable[[], None]) -> None:
        self._line.append((seconds, then))
        self._next()

    def _next(self) -> None:
        if not self._free or not self._line:
            return
        self._free -= 1
        seconds, then = self._line.popleft()
        self.busy += seconds
        self._simulation.at(self._simulation.now + seconds, lambda: self._done(then))

    def _done(self, then: Callable[[], None]) -> None:
        self._free += 1
        then()
        self._next()


class Lock:
    """One at a time, in the order of their coming."""

    def __init__(self) -> None:
        self._line: deque[Callable[[], None]] = deque()
        self._is_held = False

    def take(self, then: Callable[[], None]) -> None:
        if self._is_held:
            self._line.append(then)
        else:
            self._is_held = True
            then()

    def give(self) -> None:
        if self._line:
            self._line.popleft()()
        else:
            self._is_held = False


@dataclass
class Shard:
    """The leader of some of the jobs, and the instance it lives in: ticks and settlements share its processor."""

    simulation: Simulation
    database: Servers
    lock: Lock  # of who claims: counted limits are read and used under it
    due: list[float]  # moments, in order
    lags: list[float] = field(default_factory=list)
    started: int = 0
    settled: int = 0
    _is_settling: bool = False

    def __post_init__(self) -> None:
        self.processor = Servers(self.simulation, 1)
        self.simulation.at(self.due[0] if self.due else 0.0, self.tick)

    def tick(self) -> None:
        first = self.started
        while self.started < len(self.due) and self.started - first < _BATCH and self.due[self.started] <= self._now:
            self.started += 1
        count = self.started - first
        if not count:
            if self.started < len(self.due):
                self.simulation.at(self.due[self.started], self.tick)
            return
        here, there = _seconds(TICK, count)

        def written() -> None:
            self.lock.give()
            self.lags += [self._now - moment for moment in self.due[first : first + count]]
            self.settle()
            self.tick()

        def granted() -> None:
            self.database.serve(there, lambda: self.simulation.at(self._now + _COMMIT, written))

        self.processor.serve(here, lambda: self.lock.take(granted))

    def settle(self) -> None:
        """Tasks take no time here: what has started has ended."""
        count = min(len(self.lags) - self.settled, _MANY)
        if self._is_settling or not count:
            return
        self._is_settling = True
        here, there = _seconds(SETTLEMENT, count)

        def written() -> None:
            self._is_settling, self.settled = False, self.settled + count
            self.settle()

        def done() -> None:
            self.database.serve(there, lambda: self.simulation.at(self._now + _COMMIT, written))

        self.processor.serve(here, done)

    @property
    def _now(self) -> float:
        return self.simulation.now


def _seconds(price: Price, count: int) -> tuple[float, float]:
    return price.here + count * price.here_each, price.there + count * price.there_each


@dataclass(frozen=True)
class Outcome:
    """How late functions started, in seconds, and how busy the two sides were."""

    lags: list[float]
    missed: int
    leader: float
    database: float

    def lag(self, share: float) -> float:
        return self.lags[min(int(len(self.lags) * share), len(self.lags) - 1)] if self.lags else float("inf")


def simulate(per_minute: int, shards: int, cores: int, shape: str, *, one_lock: bool, minutes: int = 2) -> Outcome:
    """So many due moments a minute, split by hash over so many shards, on a database of so many processors."""
    chance, simulation = Random(shards), Simulation()
    database, common = Servers(simulation, cores), Lock()
    moments: list[list[float]] = [[] for _ in range(shards)]
    for moment in _moments(per_minute, shape, minutes, chance):
        moments[chance.randrange(shards)].append(moment)
    parts = [Shard(simulation, database, common if one_lock else Lock(), sorted(due)) for due in moments]
    until = minutes * _MINUTE
    simulation.run(until)
    lags = sorted(lag for part in parts for lag in part.lags)
    busy = sum(part.processor.busy for part in parts) / (until * shards)
    return Outcome(lags, per_minute * minutes - len(lags), min(busy, 1.0), min(database.busy / (until * cores), 1.0))


def _moments(per_minute: int, shape: str, minutes: int, chance: Random) -> Iterator[float]:
    """`even`; `crontab`: three of ten at the full minute; `minute`: all of them there."""
    at_once = {"even": 0.0, "crontab": 0.3, "minute": 1.0}[shape]
    for minute in range(minutes):
        for number in range(per_minute):
            yield minute * _MINUTE + (0.0 if number < at_once * per_minute else chance.uniform(0.0, _MINUTE))


def saturation() -> float:
    """Due moments a second that one leader can attend to at most, with the database to itself."""
    here, there = _seconds(TICK, _BATCH)
    settling, _ = _seconds(SETTLEMENT, _BATCH)  # shares its processor; the database's part goes on beside
    return _BATCH / (here + there + _COMMIT + settling)


def main(
    per_minute: Annotated[int, typer.Option(help="Due moments a minute, for the table of shards.")] = 1_000_000,
    cores: Annotated[int, typer.Option(help="Processors of the database.")] = 16,
) -> None:
    """Print what one leader can do, and what shards can."""
    console = Console(width=120)
    console.print(f"One leader saturates at about {saturation():,.0f} due moments a second.")
    one = [(rate, 1, cores, "even", False) for rate in (60_000, 240_000, 600_000, 900_000, 1_050_000, 1_200_000)]
    console.print(_table("One leader, evenly spread", one))
    many = [(per_minute, shards, cores, "even", lock) for lock in (True, False) for shards in (1, 2, 4, 8, 16)]
    console.print(_table("Shards, evenly spread", many))
    shapes = [(per_minute, 16, count, shape, False) for shape in ("crontab", "minute") for count in (8, 16, 32, 64)]
    console.print(_table("Shards, with peaks at the full minute", shapes))


def _table(title: str, cases: list[tuple[int, int, int, str, bool]]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in (
        "a minute",
        "shards",
        "processors",
        "spread",
        "lock",
        "p50 s",
        "p99 s",
        "max s",
        "not begun",
        "leaders",
        "database",
    ):
        table.add_column(heading, justify="right")
    for per_minute, shards, cores, shape, one_lock in cases:
        found = simulate(per_minute, shards, cores, shape, one_lock=one_lock)
        lags = [f"{found.lag(share):.3f}" for share in (0.5, 0.99, 1.0)]
        busy = [f"{found.missed:,}", f"{found.leader:.0%}", f"{found.database:.0%}"]
        lock = "one for all" if one_lock else "one each"
        table.add_row(f"{per_minute:,}", str(shards), str(cores), shape, lock, *lags, *busy)
    return table


if __name__ == "__main__":
    typer.run(main)
