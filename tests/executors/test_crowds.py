"""Whatever happens to a crowd of attempts, each reports once and every slot comes back."""

import asyncio
import random
import time

import pytest

from orario.core.execution import Ending
from orario.core.task import Mode
from orario.executors.context import Context
from tests.executors.stage import Stage, until, work_of


async def on_loop(context: Context, seconds: float) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(seconds))
        group.create_task(asyncio.sleep(seconds / 2))
    context.progress.advance()


def in_thread(context: Context, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        context.check()
        time.sleep(0.005)


@pytest.mark.parametrize("seed", range(3))
def test_each_reports_once_and_every_slot_comes_back(stage: Stage, seed: int) -> None:
    luck = random.Random(seed)
    works = [
        work_of(
            luck.choice([on_loop] * 9 + [in_thread]),
            {"seconds": luck.choice([0, 0.01, 0.1, 60])},
            timeout=luck.choice([0.05, 0.3]),
        )
        for _ in range(300)
    ]
    abandoned = {work.token for work in luck.sample(works, 30)}
    cancelled = {work.token for work in luck.sample(works, 60)}
    for start in range(0, len(works), 30):
        batch = works[start : start + 30]
        stage.executor.carry(batch)
        stage.executor.abandon([work.token for work in batch if work.token in abandoned])
        stage.executor.cancel([work.token for work in batch if work.token in cancelled], "cancelled by anna")
    until(
        lambda: all(stage.executor.room(mode) == room for mode, room in ((Mode.LOOP, 1000), (Mode.THREAD, 40))),
        "room",
    )
    kept = {work.token for work in works} - abandoned
    until(lambda: kept <= {report.work.token for report in stage.reports}, "reports")
    reported = [report.work.token for report in stage.reports]
    assert len(reported) == len(set(reported))
    # One that ended before it was abandoned had spoken already.
    assert set(reported) <= kept | abandoned
    assert Ending.FAILED not in {report.outcome.ending for report in stage.reports}
