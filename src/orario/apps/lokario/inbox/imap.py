"""Speaks IMAP: opens a folder to read it, lists what is new, fetches it; what goes wrong is said in a sentence."""

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError, MailboxStarttlsError

from orario import OrarioError
from orario.apps.lokario.words import TlsMode

FAILURES = (imaplib.IMAP4.error, ImapToolsError, OSError, ValueError, EOFError)
_FIELD = re.compile(rb'(UID|RFC822\.SIZE|INTERNALDATE) ("[^"]*"|\d+)')
_LONGEST_WORDS = 300


class InboxFailed(OrarioError):
    """A mailbox could not be read."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a mailbox is, and how to get in."""

    host: str
    port: int
    tls: TlsMode
    verify_tls: bool
    username: str
    password: str
    folder: str


@dataclass(frozen=True)
class Listed:
    """A message that is in the folder."""

    uid: int
    size: int
    received_at: datetime | None


@dataclass(frozen=True)
class Folder:
    """What the server says of a folder when it is opened."""

    uid_validity: int
    uid_next: int | None  # above every UID that there has been
    count: int


class Line:
    """An open folder."""

    def __init__(self, box: BaseMailBox, folder: Folder) -> None:
        self._box = box
        self.folder = folder

    def cut(self) -> None:
        """Break the connection, from any thread: whoever waits for the server waits no longer."""
        with contextlib.suppress(OSError):
            self._box.client.sock.shutdown(socket.SHUT_RDWR)

    def newer(self, uid: int) -> list[int]:
        """The UIDs above this one, in order."""
        if not self.folder.count or (self.folder.uid_next is not None and self.folder.uid_next <= uid + 1):
            return []
        # `n:*` always names the last message, even where its UID is below n.
        return sorted(found for found in map(int, self._box.uids(f"UID {uid + 1}:*", charset=None)) if found > uid)

    def list(self, uids: Sequence[int]) -> list[Listed]:
        """How large they are, and since when they are there; what was deleted meanwhile is left out."""
        found = []
        for raw, _ in self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)"):
            fields = dict(_FIELD.findall(raw))
            if b"UID" in fields:
                found.append(Listed(int(fields[b"UID"]), int(fields.get(b"RFC822.SIZE", 0)), _moment(raw)))
        return sorted(found, key=lambda one: one.uid)

    def read(self, uids: Sequence[int], most: int | None = None) -> dict[int, bytes]:
        """The messages' bytes, or their first `most`; nobody sees from it that they were read."""
        part = "" if most is None else f"<0.{most}>"
        answers = self._fetch(uids, f"(UID BODY.PEEK[]{part})")
        return {
            int(uid[1]): literal
            for raw, literal in answers
            if literal is not None and (uid := re.search(rb"\bUID (\d+)", raw))
        }

    def _fetch(self, uids: Sequence[int], what: str) -> Iterator[tuple[bytes, bytes | None]]:
        """For each message what was said of it, and the literal that came with it."""
        if not uids:
            return
        kind, data = self._box.client.uid("FETCH", spelled(uids), what)
        if kind != "OK":
            raise imaplib.IMAP4.error(str(data))
        said, literal = b"", None
        for item in data:
            if isinstance(item, tuple):
                said, literal = item[0], item[1]
                continue
            said += item or b""
            if literal is not None or said:
                yield said, literal
            said, literal = b"", None


def spelled(uids: Sequence[int]) -> str:
    """UIDs as IMAP writes them, in order and short: 1:4,7."""
    ranges: list[list[int]] = []
    for uid in uids:
        if ranges and ranges[-1][1] + 1 == uid:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in ranges)


@contextlib.contextmanager
def opened(address: Address, timeout: float) -> Iterator[Line]:
    """The folder, opened so that nothing in it changes. Raises InboxFailed, also for what goes wrong inside."""
    box: BaseMailBox | None = None
    try:
        box = _connected(address, timeout)
        _log_in(box, address)
        yield Line(box, _selected(box, address.folder))
    except FAILURES as error:
        raise InboxFailed(_sentence(address, error)) from error
    finally:
        if box is not None:
            with contextlib.suppress(*FAILURES):
                box.logout()
            with contextlib.suppress(*FAILURES):
                box.client.shutdown()


def _connected(address: Address, timeout: float) -> BaseMailBox:
    if address.tls is TlsMode.NONE:
        return MailBoxUnencrypted(address.host, address.port, timeout)
    context = ssl.create_default_context()
    if not address.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if address.tls is TlsMode.STARTTLS:
        return MailBoxStartTls(address.host, address.port, timeout, context)
    return MailBox(address.host, address.port, timeout, ssl_context=context)


def _log_in(box: BaseMailBox, address: Address) -> None:
    if (address.username + address.password).isascii():
        box.login(address.username, address.password, initial_folder=None)
    else:
        box.login_utf8(address.username, address.password, initial_folder=None)


def _selected(box: BaseMailBox, name: str) -> Folder:
    [count, *_] = box.folder.set(name, readonly=True)[1]

    def told(what: str) -> int | None:
        values = box.client.response(what)[1]
        return int(values[-1]) if values and values[-1] else None

    return Folder(told("UIDVALIDITY") or 0, told("UIDNEXT"), int(count or 0))


def _moment(raw: bytes) -> datetime | None:
    """When the server got it; its answer may hold anything."""
    found = re.search(rb'INTERNALDATE "([^"]*)"', raw)
    try:
        moment = datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z") if found else None
    except ValueError:
        return None
    return None if moment is None or not 1970 <= moment.year < 9999 else moment.astimezone(UTC)


def _sentence(address: Address, error: BaseException) -> str:
    where = f"le serveur IMAP {address.host}:{address.port}"
    match error:
        case MailboxLoginError():
            return f"{where} refuse l'identifiant ou le mot de passe de {address.username}{_words(error, address)}"
        case MailboxFolderSelectError():
            return f"{where} n'ouvre pas le dossier {address.folder!r}{_words(error, address)}"
        case MailboxStarttlsError():
            return f"{where} ne propose pas STARTTLS"
        case ssl.SSLCertVerificationError():
            return f"le certificat de {address.host}:{address.port} n'est pas valide ({error.verify_message})"
        case ssl.SSLError():
            return f"{where} ne parle pas TLS comme attendu ({error.reason or error})"
        case TimeoutError():
            return f"{where} ne répond pas"
        case ConnectionRefusedError():
            return f"{where} n'est pas joignable (connexion refusée)"
        case OSError():
            return f"la connexion avec {where} est perdue ({error.strerror or error})"
        case imaplib.IMAP4.abort():
            return f"{where} a coupé la connexion{_words(error, address)}"
        case _:
            return f"{where} n'a pas répondu comme attendu{_words(error, address)}"


def _words(error: BaseException, address: Address) -> str:
    """What the server said, in short, without the password."""
    result = getattr(error, "command_result", None)
    said = str(result[1][0] if result and result[1] else error)
    said = " ".join(said.removeprefix("b'").removeprefix('b"').rstrip("'\"").split())
    if address.password:
        said = said.replace(address.password, "********")
    return f" ({said[:_LONGEST_WORDS]})" if said else ""
