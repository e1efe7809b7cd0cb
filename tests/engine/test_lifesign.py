"""The outbound heartbeat, heard by a real receiver."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from orario.core.clock import ManualClock
from orario.core.events import Alarm
from orario.core.vitals import Vitals
from orario.engine.lifesign import Lifesign
from orario.settings import Settings

SECRET = "hc-8f2b61"
START = datetime(2026, 1, 1, tzinfo=UTC)


class Receiver(ThreadingHTTPServer):
    """Hears what is called, and answers what the test wants."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[str] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        self.server.heard.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()


def make_sign(port: int) -> Lifesign:
    vitals = Vitals(leads=True)
    return Lifesign(f"http://127.0.0.1:{port}/{SECRET}", 60, 10, vitals, ManualClock(START), "1")


def let_pass(sign: Lifesign, seconds: float) -> None:
    assert isinstance(sign.clock, ManualClock)
    sign.clock.advance(timedelta(seconds=seconds))
    sign.turn()


def test_who_leads_and_ticks_is_heard_once_in_every_interval() -> None:
    with receiving() as receiver:
        sign = make_sign(receiver.server_port)
        for _ in range(200):
            let_pass(sign, 1)
    assert receiver.heard == [f"/{SECRET}"] * 4
    assert (sign.sent, sign.failures) == (4, 0)


def test_nobody_is_heard_who_does_not_lead_or_does_not_tick() -> None:
    with receiving() as receiver:
        sign = make_sign(receiver.server_port)
        sign.vitals.leads = False
        let_pass(sign, 60)
        sign.vitals.leads, sign.vitals.tick_silence = True, 11.0
        let_pass(sign, 60)
        sign.vitals.tick_silence, sign.vitals.alarms = 0.0, (Alarm("frozen", "the engine stands still", START),)
        let_pass(sign, 60)
        assert receiver.heard == []
        sign.vitals.alarms = ()
        let_pass(sign, 1)
        assert len(receiver.heard) == 1


def test_failures_are_logged_once_without_the_url_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving() as receiver:
        sign = make_sign(receiver.server_port)
        receiver.status = 500
        for _ in range(3):
            let_pass(sign, 60)
        receiver.status = 200
        let_pass(sign, 60)
    for _ in range(2):
        let_pass(sign, 60)  # nobody listens there any more
    assert (sign.sent, sign.failures) == (1, 5)
    said = [record.message for record in caplog.records if record.module == "lifesign"]  # others talk, too
    assert [line.partition(":")[0] for line in said] == [
        "the outbound heartbeat is not heard",
        "the outbound heartbeat is heard again, after 3 failures in all",
        "the outbound heartbeat is not heard",
    ]
    assert SECRET not in "".join(said)


def test_the_url_is_a_secret_among_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_HEARTBEAT_URL", f"https://hc.example/{SECRET}")
    assert SECRET not in repr(Settings()) + str(Settings().model_dump())
    monkeypatch.setenv("ORARIO_HEARTBEAT_URL", f"ftp://hc.example/{SECRET}")
    with pytest.raises(ValueError, match="must start with http") as caught:
        Settings()
    assert SECRET not in str(caught.value.errors(include_input=False, include_url=False))  # type: ignore[attr-defined]
