"""Reads a message out of its bytes; broken ones are read as far as they go, and say what was wrong."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32, compat32
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from typing import Any

from orario.apps.lokario.inbox.charsets import decoded, header_text, letters, one_line, storable
from orario.apps.lokario.inbox.hypertext import plain_of_html

LONGEST_TEXT = 100_000  # characters that are kept of what it says
_LONGEST_LINE = 1000  # of a subject, a name, an address
_MOST_PARTS = 500
_DEEPEST = 50
_MOST_PEOPLE = 200
_LONGEST_HEADER, _LONGEST_OF_PART = 20_000, 5_000  # characters: parameters are read in quadratic time
_AS_SENT = compat32.clone(linesep="\r\n")


class _Short(Compat32):
    """Headers as they came, but none of them endless."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        of_part = name.lower().startswith("content-")
        return name, value[: _LONGEST_OF_PART if of_part else _LONGEST_HEADER]


_POLICY = _Short()


@dataclass(frozen=True)
class Attachment:
    """What is known of a file in a message; the file itself stays on the server."""

    filename: str
    content_type: str
    size: int | None
    content_id: str | None = None
    is_inline: bool = False


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message, as far as it can be read."""

    fingerprint: str
    size: int
    message_id: str | None = None
    subject: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: Sequence[dict[str, str]] = ()
    sent_at: datetime | None = None
    text: str = ""
    attachments: Sequence[Attachment] = ()
    problem: str | None = None


@dataclass
class _Body:
    """What was found on a walk through the parts."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        whole = "\n".join(self.plain) if any(part.strip() for part in self.plain) else ""
        return (whole or "\n".join(plain_of_html(part) for part in self.html)).strip()[:LONGEST_TEXT]


def fingerprint(raw: bytes, size: int) -> str:
    """By which a message is known again under another UID."""
    return hashlib.sha256(b"%d " % size + raw).hexdigest()


def read(raw: bytes, size: int | None = None) -> Mail:
    """A message of any bytes at all; `size` is the whole one's, where `raw` is only its beginning."""
    whole = len(raw) if size is None else size
    mark = fingerprint(raw, whole)
    try:
        message = message_from_bytes(raw, policy=_POLICY)
        body = _walked(message)
    except Exception as error:  # whatever a parser trips over: the mail is there, and must not be lost
        message, body = BytesHeaderParser(policy=_POLICY).parsebytes(raw[:100_000]), _Body()
        body.problems.append(f"its parts cannot be read ({type(error).__name__})")
    if len(raw) < whole:
        body.problems.append("only its beginning was read, because it is too large")
    return _made(message, body, mark, whole)


def _made(message: Message, body: _Body, mark: str, size: int) -> Mail:
    people = _people(message, "From") or _people(message, "Sender")
    return Mail(
        fingerprint=mark,
        size=size,
        message_id=_line(message, "Message-ID") or None,
        subject=_line(message, "Subject"),
        sender=people[0][1] if people else "",
        sender_name=people[0][0] if people else "",
        recipients=[
            {"kind": kind.lower(), "name": name, "address": address}
            for kind in ("To", "Cc")
            for name, address in _people(message, kind)
        ],
        sent_at=_date(message),
        text=storable(body.text),
        attachments=body.attachments,
        problem=one_line("; ".join(dict.fromkeys(body.problems)))[:_LONGEST_LINE] or None,
    )


def _raw(message: Message, name: str) -> list[str]:
    """The values of a header as they came; asked by name, the parser may refuse what is 8-bit."""
    return [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def _line(message: Message, name: str) -> str:
    values = _raw(message, name)
    return header_text(values[0])[:_LONGEST_LINE] if values else ""


def _people(message: Message, name: str) -> list[tuple[str, str]]:
    """Names and addresses of a header; what is no address stays, as a name."""
    found = []
    for value in _raw(message, name):
        try:
            pairs = getaddresses([one_line(letters(value))[:20_000]])[:_MOST_PEOPLE]
        except Exception:  # the standard library's own parser trips over some
            pairs = [(value, "")]
        found += [(header_text(shown)[:_LONGEST_LINE], header_text(address)[:320]) for shown, address in pairs]
    return [pair for pair in found if any(pair)]


def _date(message: Message) -> datetime | None:
    for value in _raw(message, "Date")[:1]:
        try:
            moment = parsedate_to_datetime(one_line(value))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            return None
        return moment if moment.year >= 1970 else None
    return None


def _walked(message: Message) -> _Body:
    body = _Body()
    for count, part in enumerate(_leaves(message, 0, body)):
        if count >= _MOST_PARTS:
            body.problems.append(f"it has more than {_MOST_PARTS} parts")
            break
        _take(part, body)
    return body


def _leaves(part: Message, depth: int, body: _Body) -> Iterator[Message]:
    """The parts that hold something; a forwarded message is one, whatever is inside."""
    body.problems += [type(defect).__name__ for defect in part.defects]
    if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
        if depth >= _DEEPEST:
            body.problems.append(f"its parts are nested more than {_DEEPEST} deep")
            return
        for child in part.get_payload():
            if isinstance(child, Message):
                yield from _leaves(child, depth + 1, body)
    else:
        yield part


def _take(part: Message, body: _Body) -> None:
    kind, filename = part.get_content_type(), _filename(part)
    disposition = _guarded(part.get_content_disposition)
    if kind in ("text/plain", "text/html") and not filename and disposition != "attachment":
        words = body.html if kind == "text/html" else body.plain
        words.append(decoded(_payload(part) or b"", _guarded(part.get_content_charset)))
        return
    if part.get_content_maintype() == "multipart":  # one without any parts: what it says is read as text
        body.plain.append(decoded(_payload(part) or b"", None))
        return
    content_id = header_text(part.get("Content-ID", "")).strip("<>")
    body.attachments.append(
        Attachment(filename, one_line(kind)[:200], _size(part), content_id or None, disposition == "inline")
    )


def _filename(part: Message) -> str:
    found = _guarded(part.get_filename)
    return header_text(found).replace("/", "_").replace("\\", "_")[:_LONGEST_LINE] if found else ""


def _size(part: Message) -> int | None:
    content = _payload(part)
    if content is not None:
        return len(content)
    inner: Any = part.get_payload()
    return (
        sum(len(_guarded(partial(one.as_bytes, policy=_AS_SENT)) or b"") for one in inner)
        if isinstance(inner, list)
        else None
    )


def _payload(part: Message) -> bytes | None:
    found = _guarded(lambda: part.get_payload(decode=True))
    return found if isinstance(found, bytes) else None


def _guarded(ask: Any) -> Any:
    """What the parser answers, or nothing where it trips over odd parameters."""
    try:
        return ask()
    except Exception:
        return None
