"""How long one next() of a cron expression takes in a zone with clock changes, beside cronsim and croniter."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from time import perf_counter
from zoneinfo import ZoneInfo

from croniter import croniter  # type: ignore[import-untyped]
from cronsim import CronSim

from orario.core.schedule import Cron

ZONE = "Europe/Rome"
START = datetime(2026, 1, 1, tzinfo=UTC)
EXPRESSIONS = (
    "* * * * *",
    "*/5 * * * *",
    "0 2 * * *",
    "30 2 * * *",
    "0 8 * * mon",
    "0 9-17 * * 1-5",
    "0 0 1 * *",
    "0 0 L * *",
)
STEPS = 2000
ROUNDS = 3


def orario(expression: str) -> Iterator[object]:
    return Cron(expression, timezone=ZONE).fires(START)


def cronsim(expression: str) -> Iterator[object]:
    return CronSim(expression, START.astimezone(ZoneInfo(ZONE)))


def peer_croniter(expression: str) -> Iterator[object]:
    walk: Iterator[object] = croniter(expression, START.astimezone(ZoneInfo(ZONE)), ret_type=datetime)
    return walk


def microseconds(walk: Callable[[str], Iterator[object]], expression: str) -> float:
    """The best of several rounds, for one step."""
    return min(_round(walk, expression) for _ in range(ROUNDS)) / STEPS * 1e6


def _round(walk: Callable[[str], Iterator[object]], expression: str) -> float:
    began = perf_counter()
    for _ in islice(walk(expression), STEPS):
        pass
    return perf_counter() - began


def main() -> None:
    print(f"us per next() in {ZONE}, {STEPS} steps, best of {ROUNDS}")
    print(f"{'expression':16} {'orario':>8} {'cronsim':>9} {'croniter':>9} {'ratios':>14}")
    for expression in EXPRESSIONS:
        ours, theirs, others = (microseconds(walk, expression) for walk in (orario, cronsim, peer_croniter))
        ratios = f"{theirs / ours:.0f}x {others / ours:.0f}x"
        print(f"{expression:16} {ours:8.2f} {theirs:9.1f} {others:9.1f} {ratios:>14}")


if __name__ == "__main__":
    main()
