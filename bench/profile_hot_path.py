"""What tick, claim and settle cost each execution, by processor time: one thread, no loops, no user code.

`python -m bench.profile_hot_path 10000` prints microseconds; `--profile` adds where they go. Fit for a busy machine:
time spent waiting for other processes or for the disk does not count.
"""

import asyncio
import cProfile
import pstats
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bench.contenders.with_orario import app
from orario.core.clock import Clock, ManualClock
from orario.core.execution import Ending, Outcome, State
from orario.core.task import Mode
from orario.engine.executor import Report, Work
from orario.engine.inbox import Inbox
from orario.runtime import Runtime
from orario.service.documents import JobDocument
from orario.service.executions import ExecutionFilter
from orario.service.people import SYSTEM
from orario.service.services import Services
from orario.settings import Settings
from orario.store.database import Database
from orario.store.vault import Vault

_HOUR = 3600
_ROOM = 1000


class Instant:
    """Reports success at once: the executor costs nothing here."""

    def __init__(
        self, inbox: Inbox, vault: Vault, clock: Clock, settings: Settings, services: Services | None = None
    ) -> None:
        self._inbox, self._clock = inbox, clock

    def room(self, mode: Mode) -> int:
        return _ROOM if mode is Mode.LOOP else 0

    def carry(self, works: Sequence[Work]) -> None:
        now = self._clock.now()
        for work in works:
            self._inbox.report(Report(work, Outcome(Ending.SUCCEEDED), now))

    def cancel(self, token: object, reason: str) -> None:
        """Nothing runs."""

    def abandon(self, token: object) -> None:
        """Nothing runs."""

    async def drain(self, grace: timedelta) -> None:
        """Nothing runs."""

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def complete(self, awaitable: Awaitable[object], patience: float | None = None) -> None:
        raise NotImplementedError


class Costs:
    """Processor time by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    async def turn(self, step: str, turn: Callable[[], Awaitable[float]]) -> None:
        began = time.process_time()
        await turn()
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - began


def main(
    count: Annotated[int, typer.Argument(help="How many jobs are due.")] = 10_000,
    rounds: Annotated[int, typer.Option(help="How often they fire; the later rounds find them in memory.")] = 2,
    profile: Annotated[bool, typer.Option("--profile", help="Print the functions that cost most.")] = False,
    lines: Annotated[int, typer.Option(help="How many of them.")] = 30,
) -> None:
    """Measure the hot path of the engine."""
    with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder:
        url = f"sqlite:///{Path(folder, 'orario.db')}"
        clock = ManualClock(datetime.now(UTC))
        runtime = Runtime(
            Settings(database_url=url), [app], clock=clock, database=Database(url, durable=False), executor=Instant
        )
        _register(runtime, count)
        profiler = cProfile.Profile(time.thread_time)  # not the time in which others had the processor
        for number in range(1, rounds + 1):
            clock.advance(timedelta(seconds=_HOUR))
            if profile and number == rounds:
                profiler.enable()
            costs = asyncio.run(_round(runtime, count * number))
            profiler.disable()
            each = {step: f"{seconds / count * 1e6:.1f}" for step, seconds in costs.seconds.items()}
            whole = sum(costs.seconds.values())
            told = ", ".join(f"{step} {value} us" for step, value in each.items())
            print(f"round {number}, each of {count:,}: {told}; together {whole / count * 1e6:.1f} us, {whole:.3f} s")
        if profile:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(lines)
        runtime.database.close()


def _register(runtime: Runtime, count: int) -> None:
    began = time.process_time()
    runtime.prepare()
    task = runtime.services.tasks.get("bench.noop").id
    rule = {"taskFunctionId": task, "jobTypeId": 1, "scheduleConfig": {"seconds": _HOUR}}
    documents = [JobDocument.model_validate({"name": f"Job {number}", **rule}) for number in range(count)]
    runtime.services.jobs.create_many(documents, SYSTEM)
    print(f"registered: {(time.process_time() - began) / count * 1e6:.1f} us each")


async def _round(runtime: Runtime, until: int) -> Costs:
    """Turn after turn, as the engine's loops take them, until all that is due has succeeded."""
    engine, costs = runtime.engine, Costs()
    await engine.enter()
    while _succeeded(runtime) < until:
        await costs.turn("tick", engine.ticker.turn)
        await costs.turn("claim", engine.dispatcher.turn)
        await costs.turn("settle", engine.settler.turn)
    return costs


def _succeeded(runtime: Runtime) -> int:
    return runtime.services.executions.find(ExecutionFilter(states=frozenset({State.SUCCESS})), 1, 1).total


if __name__ == "__main__":
    typer.run(main)
