"""Servers frozen by SIGSTOP: another process tells, and nothing happens twice when they wake."""

import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.cli.serving import Served, serving

HEARTBEAT = 0.5
LOST_WITHIN = 1.5 * HEARTBEAT + 3  # the documented limit, and what a loaded test machine may add
WATCHDOG = 2.0
ALARM_WITHIN = WATCHDOG + 5
MORE_THAN_IT_HAS_THREADS = 60
AT_ONCE = 5.0  # it takes a second and a half on an idle machine, and fifteen behind SQLite's lock

SHOP = '''
import os
import signal
import time
from pathlib import Path

from orario import App, Context, Every

app = App("shop")
folder = Path(__file__).parent


def note(*words):
    with open(folder / "notes.txt", "a") as file:
        file.write(" ".join(map(str, (os.getpid(), *words))) + "\\n")


@app.task(schedule=Every(seconds=1), queue="counter")
def sell(context: Context):
    """Sell."""
    note("sold", context.execution_id, context.attempt)


@app.listen
def hear(ledger, events):
    for event in events:
        if type(event).__name__ == "InstanceLost":
            note("lost", event.why)
    freeze = folder / f"freeze-{os.getpid()}"
    if freeze.exists():  # in the middle of a write
        freeze.unlink()
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(0.5)  # the signal may take another thread first


@app.on_alarm
def told(alarm):
    note("alarm", alarm.kind, "over" if alarm.is_over else "begins")
'''


class Pair:
    """Two servers on one database, and what they noted."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        (folder / "shop.py").write_text(SHOP)
        limits = {"ORARIO_WATCHDOG_SECONDS": str(WATCHDOG), "ORARIO_HEARTBEAT_SECONDS": str(HEARTBEAT)}
        self.first = stack.enter_context(serving(folder, "shop:app", settings=limits))
        self.token = self.first.token
        self.second = stack.enter_context(serving(folder, "shop:app", settings=limits))

    def notes(self, process: Served, *words: str) -> list[list[str]]:
        """What one process noted that begins with these words."""
        file = self.folder / "notes.txt"
        lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
        return [rest for pid, *rest in lines if int(pid) == process.process.pid and rest[: len(words)] == [*words]]

    def leader(self) -> int:
        """The process that leads."""
        query = "SELECT pid FROM instances WHERE id = (SELECT holder FROM leases WHERE name = 'lead')"
        database = sqlite3.connect(f"file:{self.folder / 'orario.db'}?mode=ro", uri=True)
        try:
            return int(database.execute(query).fetchone()[0])
        finally:
            database.close()

    def freeze(self, server: Served) -> None:
        """Stop it in its tracks, but not while it holds SQLite's one write lock: that would stop everybody."""
        while True:
            server.process.send_signal(signal.SIGSTOP)
            database = sqlite3.connect(self.folder / "orario.db", timeout=0.3, isolation_level=None)
            try:
                database.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError:
                server.process.send_signal(signal.SIGCONT)
                time.sleep(0.01)
            finally:
                database.close()

    def freeze_in_a_write(self, server: Served) -> None:
        """Stop it while it holds the lock."""
        marker = self.folder / f"freeze-{server.process.pid}"
        marker.touch()
        wait(lambda: not marker.exists(), 10, "it froze")

    def wake(self, server: Served) -> None:
        server.process.send_signal(signal.SIGCONT)

    def check_starts(self) -> int:
        """Assert that no attempt started twice, in whichever process; how many did."""
        starts = Counter(tuple(rest) for one in (self.first, self.second) for rest in self.notes(one, "sold"))
        assert set(starts.values()) == {1}
        return len(starts)

    def check_ledger(self) -> None:
        """Assert that no due moment stands twice."""
        database = sqlite3.connect(self.folder / "orario.db")
        due = "FROM executions WHERE trigger = 'scheduler'"
        twice = f"SELECT scheduled_for {due} GROUP BY job_id, scheduled_for HAVING COUNT(*) > 1"
        assert database.execute(twice).fetchall() == []
        database.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        pair = Pair(tmp_path, stack)
        try:
            yield pair
        finally:
            for one in (pair.first, pair.second):
                os.kill(one.process.pid, signal.SIGCONT)


def wait(condition: Callable[[], bool], limit: float, what: str) -> float:
    """Seconds until it was so."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit, f"not within {limit} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


def ready(server: Served) -> tuple[int, list[str]]:
    answer = httpx.get(f"{server.url}/readyz", timeout=5)
    return answer.status_code, answer.json()["reasons"]


def trigger(pair: Pair) -> int:
    """Ask for a write; the answer's status."""
    url = f"{pair.second.url}/api/v1/scheduler/jobs/sell/trigger"
    return httpx.post(url, headers={"Authorization": f"Bearer {pair.token}"}, timeout=60).status_code


def check_and_wake(pair: Pair, status: int, reasons: list[str]) -> None:
    try:
        assert status == 503
        assert any("perhaps a frozen instance in the middle of a write" in reason for reason in reasons)
        assert httpx.get(f"{pair.second.url}/healthz").status_code == 200
    finally:
        pair.wake(pair.first)


def test_a_frozen_leader_is_told_by_another_process_and_fenced_when_it_wakes(pair: Pair) -> None:
    wait(lambda: bool(pair.notes(pair.first, "sold")), 10, "the first sold something")
    assert pair.leader() == pair.first.process.pid
    pair.freeze(pair.first)
    wait(lambda: bool(pair.notes(pair.second, "lost")), LOST_WITHIN, "the second told that the first is lost")
    wait(lambda: pair.leader() == pair.second.process.pid, 1, "the second leads")
    wait(lambda: len(pair.notes(pair.second, "sold")) >= 2, 30, "the second sells")
    assert ready(pair.second) == (200, [])
    time.sleep(WATCHDOG + 1)
    pair.wake(pair.first)
    time.sleep(3)
    assert pair.leader() == pair.second.process.pid
    assert pair.notes(pair.first, "alarm") == [], "waking is no reason for an alarm"
    assert ready(pair.first) == (200, [])
    assert pair.check_starts() >= 5
    pair.check_ledger()


def test_a_database_held_by_a_frozen_server_is_told_by_the_other(pair: Pair) -> None:
    wait(lambda: bool(pair.notes(pair.first, "sold")), 10, "the first sold something")
    assert pair.notes(pair.second, "alarm") == []
    pair.freeze_in_a_write(pair.first)
    wait(lambda: pair.notes(pair.second, "alarm") == [["alarm", "database", "begins"]], ALARM_WITHIN, "the alarm")
    with ThreadPoolExecutor(MORE_THAN_IT_HAS_THREADS) as writers:
        stuck = [writers.submit(trigger, pair) for _ in range(MORE_THAN_IT_HAS_THREADS)]
        time.sleep(0.5)
        began = time.monotonic()
        status, reasons = ready(pair.second)
        assert time.monotonic() - began < AT_ONCE
        assert not any(one.done() for one in stuck)
        check_and_wake(pair, status, reasons)
    assert {one.result() for one in stuck} <= {200, 503}, "who waited was served, or told to try again"
    over = ["alarm", "database", "over"]
    wait(lambda: over in pair.notes(pair.second, "alarm"), 20, "the alarm is over")
    wait(lambda: ready(pair.second) == (200, []), 20, "it is ready again")
    pair.check_starts()
    pair.check_ledger()
