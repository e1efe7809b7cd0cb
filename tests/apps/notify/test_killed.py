"""A real server is killed between the commit and the sending: the notice arrives all the same, under its key."""

import json
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.controller import Controller

from tests.apps.notify.servers import SECRET, Mailbox, free_port, verified, webhook
from tests.cli.serving import Served, serving

APP = "tests.apps.notify.falling:app"
PATIENCE = 60.0


def test_a_mail_arrives_though_the_server_was_killed_before_it_was_sent(tmp_path: Path) -> None:
    mailbox = Mailbox(free_port())  # nobody listens there yet, so that nothing can have been sent
    settings = {"ORARIO_NOTIFY_URLS": mailbox.url}
    with serving(tmp_path, APP, settings=settings) as server:
        key = notice_of_a_fall(server)
        server.stop(signal.SIGKILL)
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        with serving(tmp_path, APP, settings=settings):
            wait_for(lambda: falls(mailbox))
    finally:
        controller.stop()
    assert set(falls(mailbox)) == {f"<{key}@orario>"}


def test_a_webhook_that_heard_it_before_the_kill_hears_it_again_under_the_same_key(tmp_path: Path) -> None:
    first, port = Deaf(), free_port()
    settings = {
        "ORARIO_NOTIFY_WEBHOOK_URL": f"http://127.0.0.1:{port}/",
        "ORARIO_NOTIFY_WEBHOOK_SECRET": SECRET,
    }
    with serving(tmp_path, APP, settings=settings) as server, first.listening(port):
        key = notice_of_a_fall(server)
        wait_for(lambda: first.heard)
        server.stop(signal.SIGKILL)  # it waits for an answer
    with webhook(port) as receiver, serving(tmp_path, APP, settings=settings):
        wait_for(lambda: [call for call in receiver.calls if call.key == key])
        again = next(call for call in receiver.calls if call.key == key)
    assert first.heard[0]["x-orario-notice"] == key
    assert verified(again.headers, again.body) and json.loads(again.body)["sentence"] == "Fall failed."


def falls(mailbox: Mailbox) -> list[str]:
    """The keys of the mails about it; another tells that the instance was lost."""
    return [mail["Message-ID"] for mail in mailbox.mails if "Fall failed" in mail["Subject"]]


def notice_of_a_fall(server: Served) -> str:
    """Let the job fail; the id of the notice that was committed with its failure."""
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=30) as api:
        assert api.post("/api/v1/scheduler/jobs/fall/trigger").is_success
        found: list[dict[str, Any]] = []

        def look() -> list[dict[str, Any]]:
            found[:] = api.get("/api/v1/notify/notices", params={"kind": "failure"}).json()["notices"]
            return found

        wait_for(look)
        assert found[0]["status"] == "waiting"
        return str(found[0]["id"])


def wait_for(look: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


class Deaf:
    """A receiver that hears and does not answer."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self._over = threading.Event()

    def listening(self, port: int) -> "_Listening":
        return _Listening(self, port)


class _Listening:
    def __init__(self, deaf: Deaf, port: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                deaf.heard.append({name.lower(): value for name, value in self.headers.items()})
                deaf._over.wait(PATIENCE)

            def log_message(self, format: str, *args: object) -> None: ...

        self._deaf = deaf
        self._server = HTTPServer(("127.0.0.1", port), Handler)

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._deaf._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
