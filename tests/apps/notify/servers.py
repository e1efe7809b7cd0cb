"""A real mail server and a real webhook receiver, each in a thread of the test."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SECRET = "a-key-for-signing"
PATIENCE = 20.0


@dataclass
class Mailbox:
    """What the mail server has taken; `refuses` are answers to give instead, one after the other."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    refuses: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return self.refuses.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=orario@example.com&to=ops@example.com"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    mailbox = Mailbox(free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@dataclass(frozen=True)
class Delivery:
    """One call of the webhook."""

    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def key(self) -> str:
        return self.headers["x-orario-notice"]


@dataclass
class Receiver:
    """What the webhook was sent; `answers` are statuses to give, one after the other, then 204."""

    port: int
    calls: list[Delivery] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/dont-show-this"

    @property
    def kinds(self) -> list[str]:
        return [call.data["kind"] for call in self.calls]

    @property
    def sentences(self) -> list[str]:
        return [call.data["sentence"] for call in self.calls]

    def wait(self, count: int, seconds: float = PATIENCE) -> list[Delivery]:
        """The calls, as soon as there are so many."""
        end = time.monotonic() + seconds
        while len(self.calls) < count:
            assert time.monotonic() < end, f"{len(self.calls)} of {count} calls came"
            time.sleep(0.02)
        return self.calls


def verified(headers: dict[str, str], body: bytes, secret: str = SECRET) -> bool:
    """As README.md tells receivers to."""
    stamp = headers["x-orario-timestamp"]
    wanted = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(headers["x-orario-signature"], f"v1={wanted}")


@contextmanager
def webhook(port: int = 0) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.answers.pop(0) if receiver.answers else 204
            receiver.calls.append(Delivery(headers, body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
