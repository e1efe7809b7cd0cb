"""A million old messages of the agent, deleted while other jobs fire: `python -m bench.agent_messages`."""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from orario import App, Every
from orario.apps.agent import app as agent
from orario.runtime import Runtime
from orario.service.people import SYSTEM
from orario.settings import Settings
from orario.store.columns import to_micros
from orario.store.raw import many
from orario.store.tables import executions

_AT_ONCE = 20_000
_LEAD = 3.0
_ROW = (
    "INSERT INTO agent_messages (session_id, sender, body, status, attempts, created_at, processed_at)"
    " VALUES (?, 'customer', ?, 'processed', 1, ?, ?)"
)
_BODY = "Bună ziua, aveți o masă liberă diseară? Mulțumesc frumos și o zi bună! 🙂 "
pulse = App("pulse")


@pulse.task
async def beat() -> None:
    """Do nothing."""


def measure(url: str, old: int, jobs: int, baseline: float) -> None:
    """Print the lag of other jobs before and while the messages go."""
    for at in range(jobs):
        anchor = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=at / jobs)
        pulse.job(f"pulse-{at}", beat, Every(seconds=1, anchor=anchor))
    runtime = Runtime(Settings(database_url=url), [agent, pulse])
    runtime.prepare()
    fill(runtime, old)
    runtime.start()
    time.sleep(_LEAD)
    began = datetime.now(UTC)
    time.sleep(baseline)
    report("before", lags(runtime, began, datetime.now(UTC)))
    began, opened = datetime.now(UTC), runtime.services.jobs.trigger("cleanup-old-messages", SYSTEM)
    ended = runtime.services.executions.wait(opened.id, 3600)
    took = ended.duration_seconds or 0.0
    report("while", lags(runtime, began, datetime.now(UTC)))
    print(f"{ended.state}: {ended.result} in {took:.0f} s, {old / max(took, 0.001):,.0f} messages/s")
    runtime.stop()


def fill(runtime: Runtime, old: int) -> None:
    first = datetime.now(UTC) - timedelta(days=400)
    for start in range(0, old, _AT_ONCE):
        moments = [to_micros(first + timedelta(seconds=at)) for at in range(start, min(start + _AT_ONCE, old))]
        with runtime.database.writing(lazily=True) as connection:
            many(connection, _ROW, [(at % 5000, _BODY, at, at) for at in moments])
        runtime.database.checkpoint()


def lags(runtime: Runtime, since: datetime, until: datetime) -> list[float]:
    """Milliseconds between due and begun, of what was due in a stretch."""
    own = executions.c.task == "pulse.beat", executions.c.scheduled_for >= since, executions.c.scheduled_for < until
    query = select(executions.c.scheduled_for, executions.c.started_at).where(*own)
    with runtime.database.reading() as connection:
        return sorted((began - due).total_seconds() * 1000 for due, began in connection.execute(query) if began)


def report(what: str, found: Sequence[float]) -> None:
    p50, p99 = found[len(found) // 2], found[len(found) * 99 // 100]
    print(
        f"{what}: {len(found)} starts, lag p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {found[-1]:.1f} ms", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=100, help="other jobs, each every second")
    parser.add_argument("--baseline", type=float, default=20.0, help="seconds measured before")
    parser.add_argument("--database", help="its URL; by default a new file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder:
        os.chdir(folder)
        url = given.database or f"sqlite:///{Path(folder, 'orario.db')}"
        measure(url, given.old, given.jobs, given.baseline)


if __name__ == "__main__":
    main()
