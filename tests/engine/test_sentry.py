"""The watchdog's judgement, with the time held, and its two threads, with real frozen loops."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orario import App
from orario.app import Ledger
from orario.core.clock import ManualClock
from orario.core.events import Alarm, Event
from orario.core.vitals import Pulse, Trouble, Vitals
from orario.engine.sentry import Sentry
from orario.runtime import Runtime
from orario.settings import Settings

LIMIT = 10.0


class Post:
    """A sentry and what it watches."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.vitals = Vitals({name: Pulse() for name in ("ticker", "leader")})
        self.waiting: float | None = None
        self.sentry = Sentry(self.vitals, self.clock, LIMIT, lambda: self.waiting)

    def live(self, seconds: int, *moving: str) -> list[Alarm]:
        """So many looks, a second apart; the named loops take a turn before each."""
        told = []
        for _ in range(seconds):
            for name in moving:
                self.vitals.pulses[name].turns += 1
            told += self.sentry.look()
            self.clock.advance(timedelta(seconds=1))
        return told


@pytest.fixture
def post() -> Post:
    return Post()


def test_loops_that_take_their_turns_are_let_be(post: Post) -> None:
    assert post.live(100, "ticker", "leader") == []


def test_a_loop_that_stands_still_is_told_once_and_once_when_it_is_over(post: Post) -> None:
    [begun] = post.live(60, "leader")
    assert (begun.kind, begun.is_over) == ("frozen", False)
    assert begun.sentence == "the ticker of this instance has stood still for 11 s"
    assert begun.since == datetime(2026, 1, 1, tzinfo=UTC)
    [over] = post.live(3, "leader", "ticker")
    assert (over.kind, over.is_over) == ("frozen", True)
    assert post.vitals.alarms == ()


def test_a_loop_that_rests_may_rest(post: Post) -> None:
    post.vitals.pulses["ticker"].rests_until = 30.0
    assert post.live(30, "leader") == []
    assert [one.kind for one in post.live(15, "leader")] == ["frozen"]


def test_a_loop_that_was_stopped_is_not_missed(post: Post) -> None:
    for pulse in post.vitals.pulses.values():
        pulse.is_over = True
    post.vitals.tick_silence = 99.0
    assert post.live(60) == []


def test_waking_from_a_long_sleep_raises_no_alarm(post: Post) -> None:
    post.live(5, "ticker", "leader")
    post.clock.advance(timedelta(hours=8))
    assert post.live(5) == []
    assert post.live(5, "ticker", "leader") == []


def test_a_database_that_fails_every_turn_is_named(post: Post) -> None:
    post.vitals.pulses["ticker"].trouble = Trouble("OperationalError", is_database=True)
    [begun] = post.live(20, "leader")
    assert (begun.kind, begun.sentence) == ("database", "the database has not answered for 11 s")


def test_who_is_kept_waiting_for_the_database_says_so(post: Post) -> None:
    post.waiting = 0.0
    [begun] = post.live(20)
    assert begun.kind == "database"
    assert "another holds it, perhaps a frozen instance" in begun.sentence


def test_a_trouble_keeps_its_name_until_it_is_over(post: Post) -> None:
    post.waiting = 0.0
    [begun] = post.live(20)
    post.waiting = None  # let in, but the turn is not done yet
    assert post.live(5) == []
    [over] = post.live(3, "ticker", "leader")
    assert (begun.kind, over.kind, over.is_over) == ("database", "database", True)


def test_a_turn_that_fails_for_another_reason_names_the_error_but_not_its_words(post: Post) -> None:
    post.vitals.pulses["ticker"].trouble = Trouble("ValueError")
    [begun] = post.live(20, "leader")
    assert (begun.kind, begun.sentence) == (
        "failing",
        "the ticker of this instance has failed for 11 s: ValueError",
    )


def test_a_leader_that_beats_but_does_not_tick_is_told_by_the_others(post: Post) -> None:
    post.vitals.tick_silence = 12.0
    [begun] = post.live(5, "ticker", "leader")
    assert (begun.kind, begun.sentence) == (
        "no_tick",
        "no instance has looked at what is due for 12 s: nothing fires",
    )


# With real threads


class Site:
    """A running Orario whose engine a test can freeze in the middle of a transaction, and what its hook was told."""

    def __init__(self, folder: Path) -> None:
        self.told: list[Alarm] = []
        self.free = threading.Event()
        self.free.set()
        app = App("shop")
        app.listen(self._hold)
        app.on_alarm(_fail)
        app.on_alarm(self.told.append)
        url = f"sqlite:///{folder}/orario.db"
        self.runtime = Runtime(Settings(database_url=url, heartbeat_seconds=0.3, watchdog_seconds=1), [app])

    def _hold(self, ledger: Ledger, events: Sequence[Event]) -> None:
        self.free.wait(30)

    def ready(self) -> list[str]:
        return self.runtime.services.cluster.ready().reasons

    def wait(self, condition: Callable[[], bool], limit: float = 10.0) -> None:
        until = time.monotonic() + limit
        while not condition():
            assert time.monotonic() < until, f"told: {self.told}, not ready: {self.ready()}"
            time.sleep(0.02)


def _fail(alarm: Alarm) -> None:
    raise ValueError("a hook that fails is no reason not to call the others")


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    site = Site(folder)
    site.runtime.prepare()
    site.runtime.start()
    try:
        site.wait(lambda: site.ready() == [])
        yield site
    finally:
        site.free.set()
        site.runtime.stop()


def test_a_frozen_engine_is_told_and_readiness_is_answered_at_once(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        site.free.clear()
        site.wait(lambda: len(site.told) == 1)
        began = time.monotonic()
        [reason] = site.ready()
        assert time.monotonic() - began < 1.2
        assert " of this instance has stood still for " in reason
        site.free.set()
        site.wait(lambda: len(site.told) == 2)
        assert [(one.kind, one.is_over) for one in site.told] == [("frozen", False), ("frozen", True)]
        site.wait(lambda: site.ready() == [])


def test_a_database_that_somebody_else_holds_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        holder = sqlite3.connect(tmp_path / "orario.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        site.wait(lambda: len(site.told) == 1)
        assert site.told[0].kind == "database"
        assert "another holds it" in site.ready()[0]
        holder.execute("ROLLBACK")
        holder.close()
        site.wait(lambda: len(site.told) == 2)
        site.wait(lambda: site.ready() == [])


def test_a_clean_stop_raises_no_alarm(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        site.runtime.engine.hold()
        time.sleep(1.5)
    assert site.told == []
