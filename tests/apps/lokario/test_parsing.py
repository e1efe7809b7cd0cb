"""Whatever bytes a mailbox holds, they are read as far as they go and can be stored."""

import json
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from orario.apps.lokario.inbox.parsing import Mail, read
from tests.apps.lokario.letters import ODD

LETTERS = [letter for letter, _ in ODD.values()]
PIECES = [
    b"=?utf-8?B?",
    b"?=",
    b"\r\n",
    b"--x",
    b"\x00",
    b"\xff\xfe",
    b"charset=",
    b"multipart/mixed; boundary=",
    b'"',
    b"((",
]


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """A letter with pieces of others in its middle."""
    letter = draw(st.sampled_from(LETTERS))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(letter)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12), st.sampled_from(LETTERS)))
        letter = letter[:at] + piece + letter[draw(st.integers(at, len(letter))) :]
    return letter


def storable(mail: Mail) -> bool:
    texts = [mail.subject, mail.sender, mail.sender_name, mail.text, mail.message_id or "", mail.problem or ""]
    texts += [text for one in mail.attachments for text in (one.filename, one.content_type, one.content_id or "")]
    texts += [json.dumps(list(mail.recipients), ensure_ascii=False)]
    for text in texts:
        text.encode()  # no half of a surrogate pair
    return not any("\0" in text for text in texts) and mail.size >= 0


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=400), torn()))
def test_any_bytes_are_a_message_that_can_be_stored(raw: bytes) -> None:
    mail = read(raw)
    assert storable(mail) and mail.size == len(raw)
    assert read(raw).fingerprint == mail.fingerprint != read(raw + b"x").fingerprint


def test_a_message_that_is_made_to_be_slow_is_read_in_time() -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth) for depth in range(2000)
    )
    many = b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + b"--q\r\n\r\nx\r\n" * 5_000
    crowd = b"To: " + b", ".join(b"a%d@example.org" % number for number in range(5_000)) + b"\r\n\r\n"
    words = b"Subject: " + b"=?utf-8?Q?a?= " * 5_000 + b"\r\n\r\n"
    tags = b"Content-Type: text/html\r\n\r\n" + b"<div <p " * 40_000
    quotes = b'Content-Type: text/plain; x="' + b'\\";' * 40_000 + b"\r\n\r\nx"
    for raw in (quotes, nested, many, crowd, words, tags):
        began = time.process_time()
        mail = read(raw)
        assert storable(mail) and time.process_time() - began < 10, raw[:40]
