"""What is measured: one case is one system, one size, one process."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from bench.contenders import NAMES

PARTS = {
    "burst": "(a) N jobs due at the same moment: seconds until all no-op tasks have ended and are recorded",
    "steady": "(b) N jobs firing every second: how late their functions start",
    "crowd": "(c) N jobs far in the future: registering, starting, memory, idle processor, lag of one job amid them",
    "api": "(d) requests to `orario serve` while N jobs fire every second",
    "pruning": "(e) forgetting old executions while N jobs fire every second",
}

PARTS_ON = {"sqlite": tuple(PARTS), "postgresql": ("burst", "steady")}
_ALONE = ("api", "pruning")


@dataclass(frozen=True)
class Case:
    """One line of a table."""

    part: str
    size: int
    seconds: float = 0  # how long it fires, or idles
    together: bool = False  # all due at the same instant, instead of evenly spread over the second
    requests: int = 0  # a second
    old: int = 0  # executions of long ago that are there
    is_pruned: bool = False
    database: str = "sqlite"
    contender: str = "orario"
    patience: float = 60

    @property
    def label(self) -> str:
        """What lines of several contenders have in common."""
        if self.part == "api":
            return f"{self.size:,} a second, {self.requests or 'no'} requests a second"
        if self.part == "pruning":
            return f"{self.size:,} a second, {self.old:,} old ones {'forgotten' if self.is_pruned else 'kept'}"
        if self.part == "steady":
            return f"{self.size:,} a second, {'all at one instant' if self.together else 'evenly spread'}"
        return f"{self.size:,} jobs"

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Case":
        return cls(**json.loads(text))


def plan(
    database: str, parts: Sequence[str], peers: Sequence[str], *, quick: bool, patience: float
) -> Iterator[Case]:
    """Every case of the parts asked for, peers beside Orario in each."""
    contenders = ["orario", *(name for name in NAMES if name in peers)]
    for part in (part for part in PARTS if part in parts):
        for case in _quick(part) if quick else _full(part):
            for contender in contenders if part not in _ALONE else ["orario"]:
                # A figure for Orario is wanted however long it takes.
                own = patience * 5 if contender == "orario" else patience
                yield replace(case, database=database, contender=contender, patience=own)


def _full(part: str) -> list[Case]:
    return {
        "burst": [Case("burst", 1_000), Case("burst", 10_000)],
        "steady": [Case("steady", 200, 20), Case("steady", 1_000, 20), Case("steady", 1_000, 20, together=True)],
        "crowd": [Case("crowd", 100_000, 10), Case("crowd", 1_000_000, 10)],
        "api": [Case("api", 1_000, 20), Case("api", 1_000, 20, requests=20)],
        "pruning": _pruning(200, 90, 1_000_000),
    }[part]


def _quick(part: str) -> list[Case]:
    return {
        "burst": [Case("burst", 1_000)],
        "steady": [Case("steady", 200, 4), Case("steady", 200, 4, together=True)],
        "crowd": [Case("crowd", 5_000, 3)],
        "api": [Case("api", 200, 4), Case("api", 200, 4, requests=20)],
        "pruning": _pruning(200, 20, 50_000),
    }[part]


def _pruning(size: int, seconds: float, old: int) -> list[Case]:
    """The same with and without; the seconds are meant to be enough to forget all of it."""
    return [Case("pruning", size, seconds, old=old, is_pruned=is_pruned) for is_pruned in (False, True)]
