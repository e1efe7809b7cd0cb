"""Reminders and reports, at a real mail server: who gets which, how often, and what is in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from xml.etree import ElementTree

import pytest
from sqlalchemy import update

from orario.apps.agent import outbox
from orario.apps.agent.tables import credentials, mails, messages, reservations, sessions
from orario.core.execution import State
from orario.demo.mailserver import MailServer
from orario.testing import Harness
from tests.apps.agent.house import (
    DAY,
    HOUR,
    MINUTE,
    column,
    credential,
    harness,
    lines,
    message,
    put,
    reservation,
    run,
    session,
)


@pytest.fixture
def house(post: MailServer, database_url: str) -> Iterator[Harness]:
    with harness(database_url) as one:
        yield one


def recipients(post: MailServer) -> list[str]:
    return sorted(one.recipients[0] for one in post.mails)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_each_guest_is_reminded_once_of_each_time_that_they_reserved(house: Harness, post: MailServer) -> None:
    db = house.runtime.database
    [moved, *_] = put(
        db,
        reservations,
        reservation(119 * MINUTE, email="Zoë <zoe@example.org>", customer="Zoë Ștefănescu 🎂", party=4),
        reservation(10 * MINUTE, email="ben@example.org", timezone="Europe/Berlin"),
        reservation(3 * HOUR, email="later@example.org"),
        reservation(HOUR, email="cancelled@example.org", status="cancelled"),
        reservation(-HOUR, email="past@example.org"),
    )
    ended = run(house, "reservation-reminders")
    assert (ended.result["due"], ended.result["sent"], ended.progress.processed) == (2, 2, 2)
    run(house, "reservation-reminders")
    assert recipients(post) == ["ben@example.org", "zoe@example.org"]
    [zoe] = [one.message for one in post.mails if "zoe@example.org" in one.recipients]
    assert zoe["Subject"] == "Your reservation on Tuesday 10 March at 13:29: La Țară 🌿"
    assert "Hello Zoë Ștefănescu 🎂" in text_of(zoe) and "4 guests" in text_of(zoe, "html")
    assert zoe["From"].addresses[0].display_name == "Grădina Verde"
    [ben] = [one.message for one in post.mails if "ben@example.org" in one.recipients]
    assert "at 10:40" in text_of(ben), "the clock at the place, not that of the schedules"
    with db.writing() as connection:
        later = reservations.c.id == moved
        connection.execute(update(reservations).where(later).values(starts_at=house.now + HOUR))
    run(house, "reservation-reminders")
    assert len({one.message["Message-ID"] for one in post.mails}) == len(post.mails) == 3


@pytest.mark.one_database
def test_nobody_goes_without_a_reminder_because_the_next_run_is_too_late(
    post: MailServer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRON_REMINDERS_HOURS_BEFORE", "1")
    start = datetime(2026, 3, 10, 9, 59, tzinfo=UTC)  # 11:59 in Bucharest; the runs are at 12 and at 14 o'clock
    with harness(database_url, start) as house:
        put(house.runtime.database, reservations, reservation(100 * MINUTE, start), reservation(130 * MINUTE, start))
        house.advance("5m")
        assert len(post.mails) == 1
        house.advance("2h")
        assert len(post.mails) == 2


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("start", "reserved", "walls"),
    [
        ("2026-03-28T23:55Z", ("2026-03-29T00:59Z", "2026-03-29T01:00Z"), ["02:59", "04:00"]),  # no 03:00 in between
        (
            "2026-10-24T22:55Z",
            ("2026-10-25T00:30Z", "2026-10-25T01:30Z"),
            ["03:30", "03:30"],
        ),  # the next run: 3 h later
    ],
)
def test_in_the_nights_of_a_change_guests_are_told_what_the_clock_will_show(
    post: MailServer, database_url: str, start: str, reserved: tuple[str, str], walls: list[str]
) -> None:
    begin = datetime.fromisoformat(start)
    with harness(database_url, begin) as house:
        rows = [reservation(datetime.fromisoformat(at) - begin, begin) for at in reserved]
        put(house.runtime.database, reservations, *rows)
        house.advance("3h")
    assert sorted(str(one.message["Subject"]).split(" at ")[1][:5] for one in post.mails) == walls


def test_what_is_refused_for_good_stops_nobody_else(house: Harness, post: MailServer) -> None:
    post.refuses = {"nobody@example.org": "550 no such user"}
    guests = [
        "ana@example.org",
        "nobody@example.org",
        "not an address",
        "Ion\r\nBcc: x@example.org",
        "zoe@example.org",
    ]
    put(house.runtime.database, reservations, *(reservation(HOUR, email=one) for one in guests))
    ended = run(house, "reservation-reminders")
    assert (ended.result["sent"], ended.result["refused"], ended.progress.failed) == (2, 3, 3)
    assert recipients(post) == ["ana@example.org", "zoe@example.org"]
    run(house, "reservation-reminders")
    assert len(post.mails) == 2 and len(lines(house, ended, "ERROR")) == 3


def test_a_mail_server_that_is_away_is_waited_for_and_unwanted_mails_are_dropped(
    house: Harness, post: MailServer
) -> None:
    db = house.runtime.database
    [_, cancelled, *_] = put(
        db,
        reservations,
        reservation(HOUR, email="ana@example.org"),
        reservation(HOUR, email="cancelled@example.org"),
        reservation(MINUTE / 4, email="soon@example.org"),
    )
    post.stop()
    assert house.trigger("reservation-reminders").state is State.PENDING, "it is to be tried again"
    with db.writing() as connection:
        gone = reservations.c.id == cancelled
        connection.execute(update(reservations).where(gone).values(status="cancelled"))
    post.start()
    [ended] = house.advance("1m")
    assert (ended.state, ended.attempt, recipients(post)) == (State.SUCCESS, 2, ["ana@example.org"])
    assert sorted(column(db, mails, "status")) == ["dropped", "dropped", "sent"]


def test_who_is_killed_before_noting_that_a_mail_was_sent_sends_it_under_the_same_id(
    house: Harness, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(house.runtime.database, reservations, *(reservation(HOUR, email=f"{at}@example.org") for at in range(3)))
    note = outbox._note

    def killed(*args: object) -> None:
        monkeypatch.setattr(outbox, "_note", note)
        raise RuntimeError("killed")

    monkeypatch.setattr(outbox, "_note", killed)
    assert house.trigger("reservation-reminders").state is State.PENDING
    house.advance("2m")
    ids = [one.message["Message-ID"] for one in post.mails]
    assert (len(ids), len(set(ids))) == (4, 3)


def test_everybody_gets_the_report_with_its_figures_and_its_chart(
    post: MailServer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRON_REPORTS_RECIPIENTS", "Șefa <sefa@example.org>, chef@example.org")
    with harness(database_url) as house:
        db = house.runtime.database
        put(db, sessions, session("open", HOUR), session("resolved", HOUR, resolved_at=house.now - HOUR))
        put(db, sessions, session("error", 2 * DAY))
        put(db, messages, *(message(HOUR) for _ in range(7)), message(2 * DAY), message(HOUR, status="queued"))
        put(db, reservations, reservation(5 * HOUR))
        put(db, credentials, credential(house, "bad", is_valid=False))
        ended = run(house, "daily-report")
        assert (ended.result["sent"], ended.progress.total) == (2, 2)
        figures = ended.result["figures"]
        assert figures["Conversations"]["Resolved"] == figures["Conversations"]["Open"] == 1
        assert figures["Messages"] == {"Received": 8, "Processed": 7, "Given up": 0, "Waiting": 1}
        assert figures["Reservations"]["In the next 24 hours"] == figures["Providers"]["Invalid"] == 1
    assert recipients(post) == ["chef@example.org", "sefa@example.org"]
    mail = post.mails[0].message
    assert mail["Subject"] == "Daily report, Tuesday 10 March 2026"
    assert "Received                     8" in text_of(mail) and "<b>8</b>" in text_of(mail, "html")
    [chart] = mail.iter_attachments()
    assert (chart.get_content_type(), chart.get_filename()) == ("image/svg+xml", "messages-by-hour.svg")
    drawing = ElementTree.fromstring(chart.get_content())
    _, *bars = (one.get("height") for one in drawing.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(bars) == 24 and [at for at, height in enumerate(bars) if height != "0.0"] == [23]


@pytest.mark.one_database
def test_without_a_mail_server_the_jobs_say_so_and_write_nothing(database_url: str) -> None:
    with harness(database_url) as house:
        put(house.runtime.database, reservations, reservation(HOUR))
        for slug in ("reservation-reminders", "daily-report"):
            ended = run(house, slug)
            assert (ended.result["sent"], ended.result["note"]) == (0, "no mail server is configured")
            assert lines(house, ended, "WARN") == ["no mail server is configured: set ORARIO_AGENT_MAIL_URL"]
        assert column(house.runtime.database, mails, "id") == []
