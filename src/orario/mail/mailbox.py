"""Mailbox: an SMTP server, how to get in, and sending."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import ip_address
from ssl import SSLError
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from orario.core.errors import Misconfigured
from orario.mail.letters import Letter, MailRefused, parsed

_FAILURES = (SMTPException, OSError, SSLError)


class Tls(StrEnum):
    """How the way to the server is guarded."""

    AUTO = "auto"  # STARTTLS where the server offers it; a password never goes unguarded to another machine
    STARTTLS = "starttls"
    TLS = "tls"  # from the first byte, as on port 465
    NONE = "none"


_PORTS = {Tls.AUTO: 25, Tls.NONE: 25, Tls.STARTTLS: 587, Tls.TLS: 465}


@dataclass(frozen=True)
class Sent:
    """A letter that the server has taken, and which of its recipients it would not have."""

    message_id: str
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mailbox:
    """Where mail is handed in."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls = Tls.AUTO
    timeout: float = 30.0
    sender: str = "orario@localhost"
    verify: bool = True

    @classmethod
    def from_url(cls, url: str, *, sender: str | None = None) -> "Mailbox":
        """`smtp://user:password@host:port?tls=starttls|tls|none|auto&timeout=30&from=ann@example.org&verify=no`.

        `smtps://` is `tls=tls`. Raises Misconfigured, without repeating the password.
        """
        parts = _parts(url)
        query = dict(parse_qsl(parts.query))
        if unknown := query.keys() - {"tls", "timeout", "from", "verify"}:
            raise Misconfigured(f"a mail server's URL takes no {sorted(unknown)[0]}=")
        try:
            tls = Tls(query.get("tls", "tls" if parts.scheme == "smtps" else "auto"))
            found = cls(
                host=parts.hostname or "",
                port=parts.port or _PORTS[tls],
                user=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                tls=Tls.TLS if tls is Tls.AUTO and parts.port == _PORTS[Tls.TLS] else tls,
                timeout=float(query.get("timeout", 30)),
                verify=query.get("verify", "yes") not in ("no", "false", "0"),
            )
            author = sender or query.get("from") or found.sender
            parsed(author)
        except (ValueError, MailRefused):
            raise Misconfigured(
                "a mail server's URL is like smtp://user:password@host:587?tls=starttls&from=ann@example.org"
            ) from None
        return replace(found, sender=author)

    async def send(self, letter: Letter) -> Sent:
        """Hand in one letter. Raises MailRefused."""
        async with self.opened() as line:
            return await line.send(letter)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Line"]:
        """One connection for many letters; each may be refused without harm to the next. Raises MailRefused."""
        server = SMTP(
            hostname=self.host,
            port=self.port,
            timeout=self.timeout,
            use_tls=self.tls is Tls.TLS,
            start_tls={Tls.AUTO: None, Tls.STARTTLS: True}.get(self.tls, False),
            validate_certs=self.verify,
        )
        try:
            await server.connect()
            await self._enter(server)
        except _FAILURES as error:
            server.close()
            raise self.away(error) from error
        except BaseException:
            server.close()
            raise
        try:
            yield Line(self, server)
        finally:
            with suppress(*_FAILURES):
                await server.quit()
            server.close()

    async def _enter(self, server: SMTP) -> None:
        if self.user is None:
            return
        is_guarded = server.get_transport_info("sslcontext") is not None
        if not is_guarded and self.tls is Tls.AUTO and not _is_own(self.host):
            raise SMTPNotSupported("it offers no TLS, and a password is not sent without; tls=none allows it")
        await server.login(self.user, self.password or "")

    def away(self, error: BaseException) -> MailRefused:
        """What went wrong with the server itself, said without the password: no fault of a letter."""
        words = " ".join(str(getattr(error, "message", "") or error or type(error).__name__).split())
        if self.password:
            words = words.replace(self.password, "********")
        code = getattr(error, "code", None)
        said = f"the mail server {self.host}:{self.port}: {words}"
        return MailRefused(said, permanent=False, code=code if isinstance(code, int) and code > 0 else None)


class Line:
    """An open connection to a mail server."""

    def __init__(self, mailbox: Mailbox, server: SMTP) -> None:
        self._mailbox = mailbox
        self._server = server

    async def send(self, letter: Letter) -> Sent:
        """Hand in one letter. Raises MailRefused."""
        message = letter.composed(self._mailbox.sender)
        people = [parsed(one).addr_spec for one in letter.recipients]
        author = parsed(letter.sender or self._mailbox.sender).addr_spec
        is_ascii = all(one.isascii() for one in (*people, author))
        try:
            refused, _ = await self._server.sendmail(
                author, people, message.as_bytes(), mail_options=[] if is_ascii else ["SMTPUTF8", "BODY=8BITMIME"]
            )
        except _FAILURES as error:
            raise self._refusal(error) from error
        return Sent(str(message["Message-ID"]), {who: f"{said.code} {said.message}" for who, said in refused.items()})

    def _refusal(self, error: BaseException) -> MailRefused:
        if isinstance(error, SMTPRecipientsRefused):
            codes = [one.code for one in error.recipients]
            words = "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients)
            return MailRefused(words, permanent=all(code >= 500 for code in codes), code=codes[0] if codes else None)
        if isinstance(error, SMTPNotSupported):
            return MailRefused(str(error.message), permanent=True)
        if isinstance(error, SMTPResponseException) and not isinstance(error, SMTPServerDisconnected):
            words = " ".join(str(error.message).split())
            return MailRefused(f"{error.code} {words}", permanent=error.code >= 500, code=error.code)
        return self._mailbox.away(error)


async def send(mailbox: Mailbox, letters: Iterable[Letter]) -> list[Sent]:
    """Hand in letters over one connection. Raises MailRefused at the first that is refused; those before are sent."""
    sent = []
    async with mailbox.opened() as line:
        for letter in letters:
            sent.append(await line.send(letter))
    return sent


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Misconfigured("a mail server's URL is like smtp://user:password@host:587?tls=starttls")
    return parts


def _is_own(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
