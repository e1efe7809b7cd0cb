"""A mail server on loopback that keeps every mail it is sent, in memory and as files."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

_LARGEST = 64 * 1024 * 1024
_MOST = 20_000  # mails in memory; the files stay
_UNFIT = re.compile(r"[^\w@.-]+")


@dataclass(frozen=True)
class Mail:
    """What came in, and for whom it was: the envelope says so, whatever the headers say."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])


@dataclass
class MailServer:
    """Runs in a thread of its own, with `with` or between `start` and `stop`.

    `refuses` are answers to give for a recipient, such as `550 no such user`, instead of taking the mail; `hears` is
    called with each mail before it is said to be taken, and what it raises or answers is what the sender gets.
    """

    folder: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    refuses: dict[str, str] = field(default_factory=dict)
    hears: Callable[[Mail], str | None] | None = None
    mails: list[Mail] = field(default_factory=list)
    _number: int = 0

    @property
    def url(self) -> str:
        """As `orario.mail.Mailbox.from_url` takes it."""
        return f"smtp://{self.host}:{self.port}?tls=none"

    def start(self) -> None:
        """Listen. A port of 0 is replaced by a free one, which it keeps when it is started again."""
        self._up = Event()
        self._error: OSError | None = None
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="orario-demo-mail", daemon=True)
        self._thread.start()
        self._up.wait()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Hang up on everybody, and listen no more."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def wait(self, count: int, seconds: float = 20.0) -> list[Mail]:
        """The mails, as soon as there are so many."""
        until = time.monotonic() + seconds
        while len(self.mails) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self.mails)} of {count} mails came")
            time.sleep(0.02)
        return self.mails

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        sessions: list[SMTP] = []

        def session() -> SMTP:
            sessions.append(SMTP(self, data_size_limit=_LARGEST, enable_SMTPUTF8=True, hostname="demo", timeout=600))
            return sessions[-1]

        try:
            server = await self._loop.create_server(session, self.host, self.port)
        except OSError as error:
            self._error = error
            self._up.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        await self._end.wait()
        server.close()
        for one in sessions:
            if isinstance(one.transport, asyncio.WriteTransport):
                one.transport.abort()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content: Any = envelope.original_content or b""
        mail = Mail(str(envelope.mail_from), tuple(map(str, envelope.rcpt_tos)), content)
        answer = self.hears(mail) if self.hears is not None else None
        if answer is None or answer.startswith("2"):
            self.mails.append(mail)
            del self.mails[:-_MOST]
            self._write(mail)
        return answer or "250 OK"

    def _write(self, mail: Mail) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._number += 1
        what = _UNFIT.sub("-", f"{mail.recipients[0]}-{mail.subject}")[:80].strip("-")
        (self.folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{self._number:04d}-{what}.eml").write_bytes(mail.content)
