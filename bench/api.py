"""(d) Requests to a real `orario serve` while its jobs fire every second."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import aiohttp

from bench.cases import Case
from bench.contenders import GaveUp
from bench.contenders.with_orario import STARTS_FILE, Orario
from bench.measure import Stopwatch, lags, memory, percentile, sleep_until, wait_for
from bench.steady import phases

_ROOT = Path(__file__).resolve().parents[1]
_BASE = "/api/v1/scheduler"
_BY_HAND = "by-hand"
_REQUESTS = {
    "jobs": ("GET", f"{_BASE}/jobs"),
    "executions": ("GET", f"{_BASE}/executions"),
    "status": ("GET", f"{_BASE}/status"),
    "trigger": ("POST", f"{_BASE}/jobs/{_BY_HAND}/trigger"),
}
_GREETING = re.compile(r"Orario is at (http://\S+).*?Token: (\S+)", re.S)
_START_SECONDS, _STOP_SECONDS = 30.0, 40.0
_READY = 2.0
_GRACE = 2.0


def run(case: Case, folder: Path) -> dict[str, float]:
    """The lag of the jobs, and the latency of each kind of request, if any are made."""
    begin = float(int(time.time() + 20 + 0.005 * case.size))
    one = Orario(folder)
    one.register(phases(case, begin), 1.0, int(case.seconds), patience=case.patience, hurried=True)
    one.register_one({"slug": _BY_HAND, "maxInstances": 1000, "scheduleConfig": {"hours": 8760}})
    starts = folder / "starts.json"
    with _server(folder, starts) as (process, address, token):
        if time.time() > begin - _READY:
            raise GaveUp("the server was not ready in time")
        figures = _fire(case, begin, process.pid, address, token)
    return figures | lags(json.loads(starts.read_text()), begin, case.seconds, case.size * int(case.seconds))


def _fire(case: Case, begin: float, pid: int, address: str, token: str) -> dict[str, float]:
    sleep_until(begin)
    watch = Stopwatch(pid)
    figures = asyncio.run(_ask(case, begin, address, token)) if case.requests else {}
    sleep_until(begin + case.seconds)
    spent = watch.read()
    time.sleep(_GRACE)
    return {**figures, "cpu_percent": 100 * spent.cpu / spent.wall, "memory": memory(pid)}


@contextmanager
def _server(folder: Path, starts: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str, str]]:
    log = folder / "server.log"
    path = os.pathsep.join((str(_ROOT), str(_ROOT / "src")))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", STARTS_FILE: str(starts)}
    command = [sys.executable, "-m", "orario.cli", "serve", "bench.contenders.with_orario:app", "--port", "0"]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        if not wait_for(lambda: bool(_GREETING.search(log.read_text())), _START_SECONDS, every=0.05):
            raise GaveUp(f"the server did not start: {log.read_text()[-300:]}")
        found = _GREETING.search(log.read_text())
        assert found is not None
        yield process, found[1], found[2]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_STOP_SECONDS)


async def _ask(case: Case, begin: float, address: str, token: str) -> dict[str, float]:
    """Requests of all kinds in turn, at an even pace whether or not earlier ones have been answered."""
    latencies: dict[str, list[float]] = defaultdict(list)
    failures: list[str] = []
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(address, headers=headers) as session, asyncio.TaskGroup() as group:
        kinds = cycle(_REQUESTS)
        for number in range(int(case.requests * case.seconds)):
            await asyncio.sleep(begin + number / case.requests - time.time())
            group.create_task(_request(session, next(kinds), latencies, failures))
    every = [one for kind in latencies.values() for one in kind]
    figures = {"requests": float(len(every)), "refused": float(len(failures))}
    for kind, values in {"all": every, **latencies}.items():
        shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        figures |= {f"{kind}_{name}": percentile(values, share) for name, share in shares.items()}
    return figures


async def _request(
    session: aiohttp.ClientSession, kind: str, latencies: dict[str, list[float]], failures: list[str]
) -> None:
    method, path = _REQUESTS[kind]
    began = time.perf_counter()
    async with session.request(method, path) as response:
        await response.read()
        if not response.ok:
            failures.append(f"{method} {path}: {response.status}")
    latencies[kind].append((time.perf_counter() - began) * 1000)
