"""Work that Celery's workers carry, beside Celery itself: `python -m bench.carried --help`.

Both do the same nothing, N times, handed out at once: Celery by `apply_async` and a result backend, until every
result is there; Orario by a queue set to Celery, until every execution is recorded. Functions run in processes, in
threads, or, in Orario, in coroutines, so many at once. The worker is up and warm in all cases. Processor time is that
of client or server, and of the worker; the brokers' is left out. `python -m bench.beating` measures how late the
functions of recurring jobs start.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from celery import Celery
from sqlalchemy import text

from orario import App, OnDemand
from orario.runtime import Runtime
from orario.service.people import SYSTEM
from orario.settings import Settings
from orario.store import executions
from orario.store.wake import Topic
from tests.servers.postgresql import PostgreSQL
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis

PATIENCE = 300.0
WARM = 200
app = App("carried")
plain = Celery("plain", broker=os.environ.get("PLAIN_BROKER"), backend=os.environ.get("PLAIN_RESULTS"))


@app.task(queue="carried", schedule=OnDemand(), max_instances=1_000_000)
async def in_coroutine() -> None:
    """Do nothing."""


@app.task(queue="carried", schedule=OnDemand(), max_instances=1_000_000)
def in_thread() -> None:
    """Do nothing."""


@plain.task(name="plain.nothing")  # type: ignore[untyped-decorator]
def nothing_plain() -> None:
    """Do nothing."""


class Figures(NamedTuple):
    """Of one way: seconds by the wall, and of processors."""

    wall: float
    cpu: float


def of_celery(broker: str, results: str, number: int, pool: list[str]) -> Figures:
    """From the first message to the last result."""
    client = Celery("plain", broker=broker, backend=results)
    client.conf.update(task_default_queue="plain")
    command = ["-m", "celery", "-A", "bench.carried:plain", "worker", "-Q", "plain", "-l", "WARNING", *pool]
    environment = {"PLAIN_BROKER": broker, "PLAIN_RESULTS": results}
    with running(command, environment) as worker:
        _send(client, WARM)
        return _measured(worker, lambda: _send(client, number))


def _measured(worker: int, work: Callable[[], None]) -> Figures:
    processes = [psutil.Process(), psutil.Process(worker), *psutil.Process(worker).children(recursive=True)]
    began, spent = time.monotonic(), _spent(processes)
    work()
    return Figures(time.monotonic() - began, _spent(processes) - spent)


def _spent(processes: list[psutil.Process]) -> float:
    times = [one.cpu_times() for one in processes]
    return sum(one.user + one.system for one in times)


def _send(client: Celery, number: int) -> None:
    waiting = [client.send_task("plain.nothing", queue="plain") for _ in range(number)]
    for one in waiting:
        one.get(timeout=PATIENCE, interval=0.01)


def of_orario(broker: str, database: str, number: int, task: str, at_once: int) -> Figures:
    """From their opening to the commit that ends the last."""
    given: dict[str, Any] = {"database_url": database, "celery_broker_url": broker, "key": "of the benchmark"}
    runtime = Runtime(Settings(**given, queue_width=100_000), [app])
    runtime.prepare()
    runtime.services.cluster.set_queue("carried", SYSTEM, executor="celery")
    runtime.start()
    environment = {f"ORARIO_{name.upper()}": value for name, value in given.items()}
    environment["ORARIO_APPS"] = "bench.carried:app"
    command = ["-m", "orario.cli", "worker", "--queue", "carried", "-c", str(at_once)]
    try:
        with running(command, environment) as worker:
            _carry(runtime, task, WARM)
            return _measured(worker, lambda: _carry(runtime, task, number))
    finally:
        runtime.stop()


def _carry(runtime: Runtime, task: str, number: int) -> None:
    """Open them as a tick does, and wait."""
    job, now, before = runtime.services.jobs.get(task).job, runtime.clock.now(), _succeeded(runtime)
    with runtime.database.writing() as connection:
        executions.open_due(connection, [(job, now - timedelta(microseconds=one)) for one in range(number)], now)
    runtime.wake.ring(Topic.PENDING)
    _until(lambda: _succeeded(runtime) == before + number)


def _succeeded(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        query = text("SELECT COUNT(*) FROM executions WHERE state = 'success' AND queue = 'carried'")
        return int(connection.execute(query).scalar_one())


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    """A worker, for as long as it is needed; its process."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ORARIO_")}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *command], env={**inherited, **environment}, stdout=log, stderr=log
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)


def main() -> None:
    """Measure, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=5000)
    parser.add_argument("--broker", choices=["redis", "rabbitmq"], default="redis")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = parser.parse_args()
    results, broker = Redis(), Redis() if chosen.broker == "redis" else RabbitMQ()
    cluster = PostgreSQL() if chosen.database == "postgresql" else None
    print(
        f"{chosen.number} on {chosen.broker}, recorded in {chosen.database}; seconds, a second, ms of CPU each; "
        f"load {os.getloadavg()[0]:.1f} before the run"
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'orario.db'}" if cluster is None else cluster.url("postgres")
            processes = os.cpu_count() or 1
            ways: dict[str, Callable[[], Figures]] = {
                f"Celery, prefork, -c {processes}": lambda: of_celery(
                    broker.url, results.url, chosen.number, ["-c", str(processes)]
                ),
                "Celery, threads, -c 10": lambda: of_celery(
                    broker.url, results.url, chosen.number, ["-P", "threads", "-c", "10"]
                ),
                "Orario, threads, -c 10": lambda: of_orario(broker.url, url, chosen.number, "in_thread", 10),
                "Orario, threads, -c 40": lambda: of_orario(broker.url, url, chosen.number, "in_thread", 40),
                "Orario, coroutines, -c 40": lambda: of_orario(broker.url, url, chosen.number, "in_coroutine", 40),
            }
            for name, measure in ways.items():
                found = measure()
                rate, each = chosen.number / found.wall, found.cpu / chosen.number * 1000
                print(f"| {name} | {found.wall:.2f} | {rate:,.0f} | {each:.2f} |", flush=True)
    finally:
        for server in (results, broker, cluster):
            if server is not None:
                server.close()


if __name__ == "__main__":
    main()
