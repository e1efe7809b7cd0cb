"""What it costs that people watch: one server, watched and left alone by turns, so that other load weighs on both."""

import json
import os
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from statistics import median
from threading import Thread, get_native_id

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
_NICE = 19
_AT_ONCE = 1 << 18  # bytes
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
            alone.append(_measure(process.pid, seconds, lambda: 0))
            with _looking(client, readers) as audience:
                watched.append(_measure(process.pid, seconds, lambda: audience.heard))
        time.sleep(_GRACE)
    heard = json.loads(starts.read_text())
    return _figures(alone, heard, jobs), _figures(watched, heard, jobs)


def _measure(pid: int, seconds: int, heard: Callable[[], int]) -> Window:
    begin = float(int(time.time() + _SETTLE) + 1)
    sleep_until(begin)
    watch, before = Stopwatch(pid), heard()
    sleep_until(begin + seconds)
    spent = watch.read()
    return Window(begin, seconds, 100 * spent.cpu / spent.wall, heard() - before)


def _figures(windows: Sequence[Window], starts: Sequence[Start], jobs: int) -> dict[str, float]:
    """Percentiles are the median of all turns': a disk that stands still for a moment spoils one of them."""
    late = [
        [(started - due) * 1000 for _, due, started in starts if one.begin <= due < one.begin + one.seconds]
        for one in windows
    ]
    counted = [lags(starts, one.begin, one.seconds, jobs * one.seconds) for one in windows]
    return {
        **{f"p{nth}": median(percentile(turn, nth / 100) for turn in late) for nth in (50, 95, 99)},
        "max": max(chain.from_iterable(late), default=float("nan")),
        **{name: sum(one[name] for one in counted) for name in ("due", "missed", "twice")},
        "cpu_percent": sum(one.cpu_percent for one in windows) / len(windows),
        "events": sum(one.events for one in windows),
    }


@contextmanager
def _looking(client: httpx.Client, readers: int) -> Iterator["_Audience"]:
    """So many open dashboards: of each its page, then its stream."""
    audience = _Audience(client)
    for number in range(readers):
        audience.open("/" if number % 2 else "/jobs")
    thread = Thread(target=audience.listen, daemon=True)
    thread.start()
    try:
        yield audience
    finally:
        audience.is_over = True
        thread.join(_PATIENCE)


class _Audience:
    """Hears as cheaply as can be, in the processor time that is left: browsers have machines of their own."""

    def __init__(self, client: httpx.Client) -> None:
        self.heard = 0  # events
        self.is_over = False
        self._client = client
        self._streams = DefaultSelector()

    def open(self, path: str) -> None:
        """Load a page and ask for its stream."""
        client = self._client
        found = _REGION.findall(client.get(path).text)
        stream = client.build_request("GET", "/live", params=[("r", ":".join(one)) for one in found])
        named = [f"{name}: {stream.headers[name]}" for name in ("host", "cookie")]
        opened = socket.create_connection((client.base_url.host, client.base_url.port or 80))
        opened.sendall("\r\n".join([f"GET {stream.url.raw_path.decode()} HTTP/1.1", *named, "", ""]).encode())
        self._streams.register(opened.fileno(), EVENT_READ, opened)

    def listen(self) -> None:
        """Until it is over."""
        os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICE)  # on Linux of this thread alone
        while not self.is_over:
            for key, _ in self._streams.select(timeout=0.1):
                chunk = key.data.recv(_AT_ONCE)
                assert chunk, "the server has closed a stream"
                self.heard += chunk.count(b"event: region")
        for key in list(self._streams.get_map().values()):
            key.data.close()
        self._streams.close()
