"""Letters as they come: plain ones by the hundred, and those that mail programs should not have written."""

import base64
from datetime import UTC, datetime
from email.header import Header
from typing import Any


def plain(subject: str, line: str = "Bonjour,\r\nà bientôt\r\n", times: int = 1) -> bytes:
    head = (
        f"From: Ann <ann@example.org>\r\nTo: contact@example.com\r\nSubject: {Header(subject, 'utf-8').encode()}\r\n"
    )
    kind = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    return f"{head}{kind}\r\n{line * times}".encode()


def _lines(*lines: bytes | str) -> bytes:
    return b"".join((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines)


_PDF = base64.b64encode(b"%PDF" + b"x" * 996)
# What is delivered, and what has to be known of it.
ODD: dict[str, tuple[bytes, dict[str, Any]]] = {
    "attachments": (
        _lines(
            "From: =?iso-8859-1?Q?L=E9a_Martin?= <lea@example.org>",
            "To: Contact <contact@example.com>, b@example.com",
            "Subject: =?utf-8?B?RGV2aXMgw6k=?= =?utf-8?B?dMOpIOKCrA==?=",
            "Date: Mon, 15 Jan 2024 14:30:00 +0100",
            "Message-ID: <1@example.org>",
            'Content-Type: multipart/mixed; boundary="x"',
            "",
            "--x",
            "Content-Type: text/plain; charset=windows-1252",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            "=8050 pour l'=E9t=E9",
            "--x",
            "Content-Type: application/pdf; name*=utf-8''devis%20%C3%A9t%C3%A9.pdf",
            "Content-Disposition: attachment; filename*=utf-8''devis%20%C3%A9t%C3%A9.pdf",
            "Content-Transfer-Encoding: base64",
            "",
            _PDF,
            "--x",
            'Content-Type: image/png; name="=?utf-8?B?bG9nb8OpLnBuZw==?="',
            "Content-ID: <logo@x>",
            "Content-Disposition: inline",
            "Content-Transfer-Encoding: base64",
            "",
            "AAAA",
            "--x",
            "Content-Type: message/rfc822",
            "",
            "Subject: inside",
            "",
            "forwarded",
            "--x--",
        ),
        {
            "subject": "Devis été €",
            "sender": "lea@example.org",
            "sender_name": "Léa Martin",
            "message_id": "<1@example.org>",
            "sent_at": datetime(2024, 1, 15, 13, 30, tzinfo=UTC),
            "text": "€50 pour l'été",
            "recipients": [
                {"kind": "to", "name": "Contact", "address": "contact@example.com"},
                {"kind": "to", "name": "", "address": "b@example.com"},
            ],
            "files": [
                ("devis été.pdf", "application/pdf", 1000),
                ("logoé.png", "image/png", 3),
                ("", "message/rfc822", 28),
            ],
            "problem": None,
        },
    ),
    "bare 8-bit header": (
        b"From: Andr\xe9 <a@example.org>\r\nSubject: R\xe9ponse\r\n\r\nd\xe9j\xe0\r\n",
        {"subject": "Réponse", "sender_name": "André", "text": "déjà"},
    ),
    "unknown charset": (
        b"Subject: x\r\nContent-Type: text/plain; charset=klingon-8\r\n\r\ncaf\xc3\xa9\r\n",
        {"text": "café"},
    ),
    "a charset that is a trap": (
        b"Subject: x\r\nContent-Type: text/plain; charset=unicode_escape\r\n\r\n\\u0000 \\N{BELL}\r\n",
        {"text": "\\u0000 \\N{BELL}"},
    ),
    "wrong charset": (
        b"Subject: x\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nd\xe9j\xe0 vu \x80\r\n",
        {"text": "déjà vu €"},
    ),
    "japanese": (
        b"Subject: =?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
        b"\x1b$BF|K\\8l\x1b(B\r\n",
        {"subject": "日本語", "text": "日本語"},
    ),
    "broken encoded word": (
        b"Subject: =?utf-8?B?////?= =?utf-8?Q?=ZZ?= =?no?X?y?=\r\n\r\n\r\n",
        {"sender": "", "files": []},
    ),
    "multipart without boundary": (
        b"Subject: x\r\nContent-Type: multipart/mixed\r\n\r\nstill here\r\n",
        {"text": "still here"},
    ),
    "boundary that never comes": (
        b"Subject: x\r\nContent-Type: multipart/alternative; boundary=q\r\n\r\nlost?\r\n",
        {"text": "lost?"},
    ),
    "cut in the middle of an attachment": (
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nhello\r\n--q\r\n"
        b"Content-Type: application/zip\r\nContent-Disposition: attachment; filename=../../a.zip\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nUEsDBAo",
        {"text": "hello", "files": [(".._.._a.zip", "application/zip", 5)]},
    ),
    "no header at all": (b"\r\njust words\r\n", {"subject": "", "text": "just words"}),
    "html only": (
        b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>Bonjour&nbsp;<b>Ann</b>"
        b"<script>alert(1)</script><p>\xc3\xa0 demain\r\n",
        {"text": "Bonjour Ann\nà demain"},
    ),
    "absurd date": (b"Subject: x\r\nDate: Fri, 99 Nov 20245 99:99:99 +9999\r\n\r\nx\r\n", {"sent_at": None}),
    "half a header": (b"Subject: x\r\nFrom ann\r\nTo: =?utf-8?Q?=FF?= <@>\r\n\r\nx\r\n", {"subject": "x"}),
}
