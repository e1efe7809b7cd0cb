"""Letters: what is to be sent to whom, checked when it is written, and composed as MIME."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, localtime
from secrets import token_hex

from orario.core.errors import OrarioError

_LONGEST_SUBJECT = 900
_WITH_NAME = re.compile(r"([^<>]*)<([^<>]+)>")
_MADE_HERE = frozenset({"from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted", "mime-version"})


class MailRefused(OrarioError):
    """A letter was not taken. `permanent`: it never will be; else it may be tried again.

    A server that is away, or does not let us in, is no fault of the letter: that is not permanent.
    """

    def __init__(self, message: str, *, permanent: bool, code: int | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.code = code


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter. With `inline_id`, HTML shows it by `<img src="cid:...">`."""

    name: str
    content: bytes = field(repr=False)
    mime_type: str = "application/octet-stream"
    inline_id: str | None = None


@dataclass(frozen=True)
class Letter:
    """One mail. Raises MailRefused where a header would hold a line break, or an address is none.

    `to` is one address or several, each `ann@example.org` or `Ann <ann@example.org>`.
    """

    to: str | Sequence[str]
    subject: str
    text: str
    html: str | None = None
    message_id: str | None = None  # as `message_id_of` makes it; else a new one every time
    sender: str | None = None  # the mailbox's, where None
    attachments: Sequence[Attachment] = ()
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.recipients:
            raise _never("the letter names no recipient")
        for what, text in self._header_texts():
            if any(char in text for char in "\r\n\0"):
                raise _never(f"{what} of a letter holds a line break")
        if len(self.subject) > _LONGEST_SUBJECT:
            raise _never(f"the subject of a letter is longer than {_LONGEST_SUBJECT} characters")
        for address in (*self.recipients, *filter(None, (self.sender, self.reply_to))):
            parsed(address)

    def _header_texts(self) -> list[tuple[str, str]]:
        found = [("the subject", self.subject), ("the Message-ID", self.message_id or "")]
        found += [("an address", one) for one in (*self.recipients, self.sender or "", self.reply_to or "")]
        found += [("a header", one) for pair in self.headers.items() for one in pair]
        return found + [("an attachment's name", f"{one.name}{one.inline_id or ''}") for one in self.attachments]

    @property
    def recipients(self) -> list[str]:
        """The addresses as they were given."""
        return [self.to] if isinstance(self.to, str) else list(self.to)

    def composed(self, sender: str, at: datetime | None = None) -> EmailMessage:
        """The message as it goes over the wire."""
        people = [parsed(one) for one in self.recipients]
        author = parsed(self.sender or sender)
        ascii_only = all(one.addr_spec.isascii() for one in (*people, author))
        message = EmailMessage((SMTP if ascii_only else SMTPUTF8).clone(cte_type="7bit"))
        message["From"] = author
        message["To"] = people
        if self.reply_to:
            message["Reply-To"] = parsed(self.reply_to)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(at or localtime())
        message["Message-ID"] = self.message_id or message_id_of(token_hex(16))
        message["Auto-Submitted"] = "auto-generated"  # no holiday answers, please
        for name, value in self.headers.items():
            if name.lower() not in _MADE_HERE:
                message[name] = value
        self._fill(message)
        return message

    def _fill(self, message: EmailMessage) -> None:
        message.set_content(_clean(self.text))
        if self.html is not None:
            message.add_alternative(_clean(self.html), subtype="html")
            [*_, page] = message.iter_parts()
            for one in (one for one in self.attachments if one.inline_id):
                kind, _, subtype = one.mime_type.partition("/")
                assert isinstance(page, EmailMessage)
                page.add_related(
                    one.content, maintype=kind, subtype=subtype, cid=f"<{one.inline_id}>", filename=one.name
                )
        for one in self.attachments:
            if self.html is None or not one.inline_id:
                kind, _, subtype = one.mime_type.partition("/")
                message.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.name)


def parsed(text: str) -> Address:
    """An address in its parts, its domain as the mail system spells it. Raises MailRefused for one that is none."""
    found = _WITH_NAME.fullmatch(text.strip())
    name, spec = (found[1].strip().strip('"'), found[2].strip()) if found else ("", text.strip())
    local, at, domain = spec.rpartition("@")
    if not (local and at and domain) or any(char.isspace() or char in "<>,;" for char in spec):
        raise _never("an address of a letter is none: it must be like ann@example.org")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        if not local.isascii():  # for servers that speak SMTPUTF8
            return Address(name, username=local, domain=domain)
        return Address(name, addr_spec=f"{local}@{domain}")
    except (UnicodeError, HeaderParseError, ValueError, IndexError):
        raise _never("an address of a letter is none: it must be like ann@example.org") from None


def message_id_of(*parts: object, domain: str = "orario.invalid") -> str:
    """A Message-ID made of what the letter is about: the same parts give the same id, so that a mail which is sent
    again is known as the same by whoever gets it twice."""
    digest = hashlib.sha256("\0".join(str(part) for part in parts).encode("utf-8", "backslashreplace")).hexdigest()
    return f"<{digest[:40]}@{domain}>"


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # a lone surrogate must not cost the letter


def _never(message: str) -> MailRefused:
    return MailRefused(message, permanent=True)
