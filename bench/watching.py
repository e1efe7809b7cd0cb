"""What it costs that people watch: one server, watched and left alone by turns, so that other load weighs on both."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import httpx

from bench.api import _server
from bench.cases import Case
from bench.contenders import Start
from bench.contenders.with_orario import Orario
from bench.measure import Stopwatch, lags, percentile, sleep_until
from bench.signing import sign_in
from bench.steady import phases

_GRACE = 3.0
_OPENING = 20  # seconds that the opening and closing of all dashboards may take in each round
_SETTLE = 3.0
_PATIENCE = 15.0
_REGION = re.compile(r'data-region="([^"]*)" data-key="([^"]*)" data-version="([^"]*)"')


@dataclass(frozen=True)
class Window:
    """A stretch in which so many watched, and what the server's processor time and the events were."""

    begin: float
    seconds: int
    cpu_percent: float
    events: int


def compare(
    jobs: int, seconds: int, rounds: int, readers: int, folder: Path
) -> tuple[dict[str, float], dict[str, float]]:
    """Figures without anybody, and with so many who look."""
    begin = float(int(time.time() + 25 + 0.005 * jobs))
    times = rounds * 2 * (seconds + _OPENING)
    case = Case("steady", jobs, seconds=times)
    Orario(folder).register(phases(case, begin), 1.0, times, patience=case.patience, hurried=True)
    starts = folder / "starts.json"
    alone: list[Window] = []
    watched: list[Window] = []
    with _server(folder, starts) as (process, address, token), httpx.Client(base_url=address, timeout=60) as client:
        sign_in(client, token)
        sleep_until(begin)
        for _ in range(rounds):
            alone.append(_measure(process.pid, seconds, []))
            with _looking(client, readers) as said:
                watched.append(_measure(process.pid, seconds, said))
        time.sleep(_GRACE)
    heard = json.loads(starts.read_text())
    return _figures(alone, heard, jobs), _figures(watched, heard, jobs)


def _measure(pid: int, seconds: int, said: Sequence[list[int]]) -> Window:
    begin = float(int(time.time() + _SETTLE) + 1)
    sleep_until(begin)
    watch, before = Stopwatch(pid), sum(one[0] for one in said)
    sleep_until(begin + seconds)
    spent = watch.read()
    return Window(begin, seconds, 100 * spent.cpu / spent.wall, sum(one[0] for one in said) - before)


def _figures(windows: Sequence[Window], starts: Sequence[Start], jobs: int) -> dict[str, float]:
    late = [
        (started - due) * 1000
        for one in windows
        for _, due, started in starts
        if one.begin <= due < one.begin + one.seconds
    ]
    counted = [lags(starts, one.begin, one.seconds, jobs * one.seconds) for one in windows]
    return {
        "p50": percentile(late, 0.5),
        "p95": percentile(late, 0.95),
        "p99": percentile(late, 0.99),
        "max": max(late, default=float("nan")),
        **{name: sum(one[name] for one in counted) for name in ("due", "missed", "twice")},
        "cpu_percent": sum(one.cpu_percent for one in windows) / len(windows),
        "events": sum(one.events for one in windows),
    }


@contextmanager
def _looking(client: httpx.Client, readers: int) -> Iterator[Sequence[list[int]]]:
    """So many open dashboards: of each its page, then its stream. What each hears is counted."""
    said: list[list[int]] = [[0] for _ in range(readers)]
    over = Event()
    threads = []
    for number, heard in enumerate(said):
        found = _REGION.findall(client.get("/" if number % 2 else "/jobs").text)
        query = httpx.QueryParams([("r", ":".join(one)) for one in found])
        threads.append(Thread(target=_listen, args=(client, query, heard, over), daemon=True))
        threads[-1].start()
    try:
        yield said
    finally:
        over.set()
        for one in threads:
            one.join(_PATIENCE)


def _listen(client: httpx.Client, query: httpx.QueryParams, heard: list[int], over: Event) -> None:
    with httpx.Client(base_url=client.base_url, cookies=client.cookies, timeout=httpx.Timeout(60)) as own:
        try:
            with own.stream("GET", "/live", params=query) as answer:
                for chunk in answer.iter_raw():  # read as cheaply as can be: the readers share the machine
                    heard[0] += chunk.count(b"event: region")
                    if over.is_set():
                        return
        except httpx.HTTPError:
            return
