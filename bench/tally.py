"""What counting costs each execution: one call when it starts, one when it has ended (`python -m bench.tally`)."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from orario.app import App
from orario.core.events import Ended
from orario.core.execution import Ending, Outcome, Progress, State, Trigger
from orario.core.job import Job
from orario.core.schedule import OnDemand
from orario.engine.executor import Work
from orario.engine.tally import Tally

BATCH = 1000
ROUNDS = 200
app = App("bench")


@app.task
async def nothing() -> None:
    """Do nothing."""


def works(now: datetime) -> list[Work]:
    """As one claim brings them."""
    return [_work(number, now) for number in range(BATCH)]


def _work(number: int, now: datetime) -> Work:
    return Work(
        execution_id=uuid4(),
        job=_job(number, now),
        task=app.tasks["bench.nothing"],
        args={},
        token=uuid4(),
        attempt=1,
        trigger=Trigger.SCHEDULER,
        scheduled_for=now - timedelta(milliseconds=number % 100),
        started_at=now,
    )


def _job(number: int, now: datetime) -> Job:
    return Job(
        id=uuid4(),
        slug=f"job-{number}",
        name=f"Job {number}",
        description=None,
        app=None,
        task="bench.nothing",
        args={},
        queue="default",
        schedule=OnDemand(),
        timezone="UTC",
        created_at=now,
        updated_at=now,
    )


def endings(started: list[Work], now: datetime) -> list[Ended]:
    """As one settlement writes them."""
    done = Outcome(Ending.SUCCEEDED)
    return [
        Ended(
            work.execution_id,
            work.job.id,
            work.token,
            1,
            None,
            work.started_at,
            now + timedelta(milliseconds=number % 50),
            done,
            Progress(),
            None,
            State.SUCCESS,
            None,
            work.task.name,
        )
        for number, work in enumerate(started)
    ]


def microseconds(call: Callable[[], None]) -> float:
    """The best of many batches, for each execution in it: what other processes take does not count."""
    best = float("inf")
    for _ in range(ROUNDS):
        since = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - since)
    return best / BATCH * 1e6


def measure(jobs_shown: int = 0) -> dict[str, float]:
    """Microseconds for each execution, by call."""
    now = datetime.now(UTC)
    tally, begun = Tally(jobs_shown=jobs_shown), works(now)
    ended = endings(begun, now)
    return {
        "started": microseconds(lambda: tally.started(begun, now)),
        "finished": microseconds(lambda: tally.finished(ended)),
    }


def main() -> None:
    for title, shown in (("by task", 0), ("by task and by 100 jobs", 100)):
        found = measure(shown)
        told = ", ".join(f"{name} {cost:.3f}" for name, cost in found.items())
        print(f"{title}: {told}, together {sum(found.values()):.3f} us for each execution")


if __name__ == "__main__":
    main()
