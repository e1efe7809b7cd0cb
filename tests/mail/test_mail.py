"""Letters arrive as they were written, and a refusal says whether trying again can help."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.core.errors import Misconfigured
from orario.demo.mailserver import MailServer
from orario.mail import Attachment, Letter, Mailbox, MailRefused, Tls, message_id_of, send

SUBJECT = "Überfällig: plăți 🚀 " * 9 + "!"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with MailServer(folder=tmp_path_factory.mktemp("mail")) as server:
        yield server


def mailbox(server: MailServer) -> Mailbox:
    return Mailbox.from_url(f"{server.url}&from=Büro%20<office@example.org>")


def test_a_letter_arrives_as_it_was_written(server: MailServer) -> None:
    letter = Letter(
        ["Jörg Müller <joerg@bücher.example>", "ann@example.org"],
        SUBJECT,
        "Grüße, ștefan 🚀",
        html='<p>Grüße</p><img src="cid:chart">',
        message_id=message_id_of("invoice", 7, domain="example.org"),
        attachments=[
            Attachment("bilanț.svg", b"<svg/>", "image/svg+xml", inline_id="chart"),
            Attachment("liste.csv", "a;ä".encode(), "text/csv"),
        ],
        reply_to="answers@example.org",
    )
    sent = asyncio.run(mailbox(server).send(letter))
    mail = server.mails[-1]
    said = mail.message
    assert mail.recipients == ("joerg@xn--bcher-kva.example", "ann@example.org")
    assert said["Message-ID"] == sent.message_id == message_id_of("invoice", 7, domain="example.org")
    assert said["Subject"] == SUBJECT
    assert said["From"].addresses[0].display_name == "Büro" and said["Reply-To"] == "answers@example.org"
    text, html = said.get_body(("plain",)), said.get_body(("html",))
    assert text is not None and text.get_content().strip() == "Grüße, ștefan 🚀"
    assert html is not None and "cid:chart" in html.get_content()
    assert {part.get_filename() for part in said.walk()} >= {"bilanț.svg", "liste.csv"}
    assert server.folder is not None and [*server.folder.glob("*.eml")][-1].read_bytes() == mail.content
    asyncio.run(mailbox(server).send(Letter("ștefan@example.org", SUBJECT, "Bună")))
    assert server.mails[-1].recipients == ("ștefan@example.org",)


def test_of_many_each_is_refused_or_taken_for_itself(server: MailServer) -> None:
    server.refuses |= {"gone@example.org": "550 no such user", "full@example.org": "452 mailbox full"}

    async def one_by_one() -> list[tuple[bool, int | None] | dict[str, str]]:
        found: list[tuple[bool, int | None] | dict[str, str]] = []
        async with mailbox(server).opened() as line:
            for to in (["gone@example.org"], ["full@example.org"], ["gone@example.org", "ann@example.org"]):
                try:
                    found.append(dict((await line.send(Letter(to, "Hello", "you"))).refused))
                except MailRefused as refusal:
                    found.append((refusal.permanent, refusal.code))
        return found

    assert asyncio.run(one_by_one()) == [(True, 550), (False, 452), {"gone@example.org": "550 no such user"}]
    before = len(server.mails)
    with pytest.raises(MailRefused, match="550 no such user"):
        asyncio.run(send(mailbox(server), [Letter(to, "s", "t") for to in ("ann@example.org", "gone@example.org")]))
    assert len(server.mails) == before + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "ann@example.org\r\nBcc: eve@example.org"},
        {"subject": "Hello\nBcc: eve@example.org"},
        {"message_id": "<1@x>\r\nX: y"},
        {"headers": {"X-Tag": "a\r\nBcc: eve@example.org"}},
        {"to": "nobody"},
        {"to": []},
        {"sender": "a, b@example.org"},
        {"subject": "x" * 2000},
    ],
)
def test_a_letter_that_cannot_be_sent_is_refused_when_it_is_written(wrong: dict[str, object]) -> None:
    usual: dict[str, object] = {"to": "ann@example.org", "subject": "Hello", "text": "you"}
    with pytest.raises(MailRefused) as refusal:
        Letter(**usual | wrong)  # type: ignore[arg-type]
    assert refusal.value.permanent and "eve" not in refusal.value.message


def test_a_server_that_is_away_or_lets_nobody_in_is_no_fault_of_the_letter(
    server: MailServer, tmp_path: Path
) -> None:
    letter = Letter("ann@example.org", "Hello", "you")
    for url in (
        "smtp://127.0.0.1:1?tls=none",
        f"smtp://ann:hunter2@127.0.0.1:{server.port}?tls=none",
        f"smtp://ann:hunter2@127.0.0.1:{server.port}?tls=starttls",
        f"smtps://127.0.0.1:{server.port}?timeout=2",
    ):
        with pytest.raises(MailRefused) as refusal:
            asyncio.run(Mailbox.from_url(url).send(letter))
        assert not refusal.value.permanent and "hunter2" not in refusal.value.message


def test_a_url_says_how_to_get_in_and_shows_no_password() -> None:
    found = Mailbox.from_url("smtp://ann%40example.org:p%2Fw@mail.example.org?tls=starttls&timeout=5&verify=no")
    assert (found.user, found.password, found.port) == ("ann@example.org", "p/w", 587)
    assert (found.tls, found.timeout, found.verify) == (Tls.STARTTLS, 5.0, False)
    assert "p/w" not in repr(found) and Mailbox.from_url("smtp://mail:465").tls is Tls.TLS
    for wrong in ("mail.example.org", "http://x", "smtp://", "smtp://x:99999", "smtp://x?tls=maybe", "smtp://x?a=b"):
        with pytest.raises(Misconfigured) as error:
            Mailbox.from_url(wrong)
        assert "smtp://" in error.value.message or "takes no" in error.value.message
