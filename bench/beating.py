"""Jobs that all fire at every full second, carried by Celery's workers: `python -m bench.beating --help`.

Once by Celery beat, once by Orario. Beat's own schedules count a second from whenever it got round to the last one,
and so drift; here it has one that keeps to full seconds. The lag is what the function sees: its clock, less the
second at which it was due. Beat does not say which one that was: what is more than a second late shows as less there.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from celery import Celery
from celery.schedules import schedstate, schedule

from bench.carried import running
from bench.measure import percentile
from orario import App, Context
from orario.runtime import Runtime
from orario.service.documents import JobDocument
from orario.service.people import SYSTEM
from orario.settings import Settings
from tests.servers.redis import Redis

WARM = 3.0  # seconds that do not count
app = App("beating")
plain = Celery("plain", broker=os.environ.get("PLAIN_BROKER"), backend=os.environ.get("PLAIN_RESULTS"))


def leave(lag: float) -> None:
    """One line in one write."""
    file = os.open(os.environ["LAGS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{time.time()} {lag}\n".encode())
    os.close(file)


@app.task(queue="beating")
def fire(context: Context) -> None:
    """Leave the lag."""
    leave((datetime.now(UTC) - context.scheduled_for).total_seconds())


@plain.task(name="plain.fire")  # type: ignore[untyped-decorator]
def fire_plain(number: int) -> None:
    """Leave the lag."""
    leave(time.time() % 1.0)


class FullSeconds(schedule):  # type: ignore[misc]
    """Due when a second has begun since the last time."""

    def is_due(self, last_run_at: datetime) -> Any:
        now = time.time()
        return schedstate(int(now) > int(last_run_at.timestamp()), 1.0 - now % 1.0)


if "BEATING_JOBS" in os.environ:
    plain.conf.beat_schedule = {
        f"job {number}": {"task": "plain.fire", "schedule": FullSeconds(1.0), "args": (number,)}
        for number in range(int(os.environ["BEATING_JOBS"]))
    }
    plain.conf.task_default_queue = "plain"


def of_celery(redis: Redis, folder: Path, jobs: int, seconds: float, pool: list[str]) -> list[float]:
    """The lags of beat and one worker."""
    given = {
        "PLAIN_BROKER": redis.url,
        "PLAIN_RESULTS": redis.url,
        "BEATING_JOBS": str(jobs),
        "LAGS": str(folder / "c"),
    }
    worker = ["-m", "celery", "-A", "bench.beating:plain", "worker", "-Q", "plain", "-l", "WARNING", *pool]
    beat = ["-m", "celery", "-A", "bench.beating:plain", "beat", "-s", str(folder / "beat"), "-l", "WARNING"]
    with running(worker, given):
        while not Celery("plain", broker=redis.url).control.ping(timeout=0.5):
            pass
        with running(beat, given):
            return _lags(folder / "c", seconds)


def of_orario(redis: Redis, folder: Path, jobs: int, seconds: float, at_once: int) -> list[float]:
    """The lags of one server and one worker."""
    url = f"sqlite:///{folder / 'orario.db'}"
    given: dict[str, Any] = {"database_url": url, "celery_broker_url": redis.url, "key": "of the benchmark"}
    runtime = Runtime(Settings(**given), [app])
    runtime.prepare()
    runtime.services.cluster.set_queue("beating", SYSTEM, executor="celery")
    runtime.start()
    environment = {f"ORARIO_{name.upper()}": value for name, value in given.items()}
    environment |= {"ORARIO_APPS": "bench.beating:app", "LAGS": str(folder / "o")}
    try:
        with running(["-m", "orario.cli", "worker", "--queue", "beating", "-c", str(at_once)], environment):
            while len(runtime.services.cluster.status().instances) < 2:
                time.sleep(0.1)
            _create(runtime, jobs)
            return _lags(folder / "o", seconds)
    finally:
        runtime.stop()


def _create(runtime: Runtime, jobs: int) -> None:
    [task] = [one for one in runtime.services.tasks.find().items if one.name == "beating.fire"]
    rule = {"taskFunctionId": task.id, "jobTypeId": 1, "scheduleConfig": {"seconds": 1}, "maxInstances": 100}
    documents = [JobDocument.model_validate({"name": f"Job {number}", **rule}) for number in range(jobs)]
    time.sleep(1.0 - time.time() % 1.0)  # an interval counts from the creation
    runtime.services.jobs.create_many(documents, SYSTEM)


def _lags(file: Path, seconds: float) -> list[float]:
    """Those of the window, which begins with the first one and a little more."""
    while not file.exists():
        time.sleep(0.05)
    begin = float(int(time.time()) + 1 + WARM)
    time.sleep(begin + seconds + 1.0 - time.time())
    noted = [tuple(map(float, line.split())) for line in file.read_text().splitlines()]
    return [lag * 1000 for at, lag in noted if begin <= at - lag + 0.5 < begin + seconds + 0.5]


def main() -> None:
    """Measure, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    chosen = parser.parse_args()
    jobs, seconds, processes = chosen.jobs, chosen.seconds, str(os.cpu_count() or 1)
    print(f"{jobs} jobs every second; load {os.getloadavg()[0]:.1f} before the run")
    with tempfile.TemporaryDirectory() as name:
        ways: dict[str, Callable[[Redis, Path], list[float]]] = {
            f"Celery beat, prefork, -c {processes}": lambda redis, folder: of_celery(
                redis, folder, jobs, seconds, ["-c", processes]
            ),
            "Celery beat, threads, -c 10": lambda redis, folder: of_celery(
                redis, folder, jobs, seconds, ["-P", "threads", "-c", "10"]
            ),
            "Orario, threads, -c 10": lambda redis, folder: of_orario(redis, folder, jobs, seconds, 10),
        }
        for way, measure in ways.items():
            redis, folder = Redis(), Path(name) / way.replace(" ", "-")
            folder.mkdir()
            try:
                lags = measure(redis, folder)
            finally:
                redis.close()
            figures = [f"{percentile(lags, share):.0f}" for share in (0.5, 0.99, 1.0)]
            missed = round(jobs * seconds) - len(lags)
            print(f"| {way} | {' | '.join(figures)} | {missed} |", flush=True)


if __name__ == "__main__":
    main()
