"""SendEmails: what arrives at a real mail server, what is tried again, and what is given up."""

from datetime import timedelta
from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import pytest
from sqlalchemy import update

from orario import Context, State
from orario.apps.gamehost.mails import release
from orario.apps.gamehost.posting import _living, backoff
from orario.apps.gamehost.settings import GamehostSettings
from orario.apps.gamehost.tables import emails
from orario.demo.mailserver import MailServer
from orario.store.tables import executions
from orario.testing import TESTER
from tests.apps.gamehost.conftest import Open
from tests.apps.gamehost.desk import Desk

SUBJECT = "Grüße aus Köln, bună seara la Iași 🎮"
NAMES = ("Jürgen Groß", "Ștefan Țurcanu", "Max 🎮 Power")


def test_every_mail_is_sent_once_with_its_letters_whole(desk: Desk, mail: MailServer) -> None:
    for at, name in enumerate(NAMES):
        desk.rows.mail(desk.now, f"{name} <{at}@example.com>", f"{SUBJECT} {name}")
    assert desk.run("SendEmails").result == {"processed": 3, "total": 3, "failed": 0}
    assert desk.run("SendEmails").result == {"processed": 0, "total": 0, "failed": 0}
    assert [one.subject for one in mail.mails] == [f"{SUBJECT} {name}" for name in NAMES]
    assert [str(one.message["To"].addresses[0].display_name) for one in mail.mails] == list(NAMES)
    assert {(one.status, one.attempts, one.claimed_by) for one in desk.rows.mails} == {("SENT", 1, None)}
    assert [one.message["Message-ID"] for one in mail.mails] == [one.message_id for one in desk.rows.mails]


def test_a_mail_that_was_sent_but_not_marked_goes_out_again_under_the_same_id(desk: Desk, mail: MailServer) -> None:
    desk.rows.mail(desk.now)
    dead = desk.run("SendEmails")
    with desk.harness.services.database.writing() as connection:
        connection.execute(update(emails).values(status="SENDING", claimed_by=f"{dead.id}:1", sent_at=None))
    run = desk.run("SendEmails")
    assert "A run was cut off while it sent these; they are sent again under their Message-ID" in desk.said(run)
    first, again = (one.message["Message-ID"] for one in mail.mails)
    assert first == again and desk.rows.mails[0].status == "SENT"


def test_what_another_run_sends_at_this_moment_is_left_to_it(desk: Desk, mail: MailServer) -> None:
    desk.rows.mail(desk.now)
    other = desk.harness.services.jobs.trigger("SendEmails", TESTER)
    with desk.harness.services.database.writing() as connection:
        running = {"state": "running", "started_at": desk.now, "attempt": 1}
        connection.execute(update(executions).where(executions.c.id == other.id).values(running))
        connection.execute(update(emails).values(status="SENDING", claimed_by=f"{other.id}:1"))
    ours = SimpleNamespace(services=desk.harness.services, execution_id=uuid4(), attempt=1)
    living = _living(cast(Context, ours))
    assert living == {f"{ours.execution_id}:1", f"{other.id}:1"}
    with desk.harness.services.database.writing() as connection:
        assert not release(connection, living)
        assert release(connection, living - {f"{other.id}:1"})


def test_what_is_refused_waits_ever_longer_or_is_parked_and_the_others_go_out(
    open_desk: Open, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORARIO_GAMEHOST_MAIL_ATTEMPTS", "3")
    desk = open_desk()
    mail.refuses = {"full@example.com": "452 mailbox full", "gone@example.com": "550 no such user"}
    for to in ("full@example.com", "gone@example.com", "nobody at all", "fine@example.com"):
        desk.rows.mail(desk.now, to)
    desk.rows.mail(desk.now, subject="Hello\nBcc: everybody@example.com")
    run = desk.run("SendEmails")
    assert run.state is State.SUCCESS, "a mail that is not taken is no failure of the run"
    assert run.result == {"processed": 1, "total": 5, "failed": 4}
    assert [one.recipients for one in mail.mails] == [("fine@example.com",)]
    full, gone, nobody, fine, sly = desk.rows.mails
    assert [one.status for one in (full, gone, nobody, fine, sly)] == [
        "PENDING",
        "PARKED",
        "PARKED",
        "SENT",
        "PARKED",
    ]
    assert "452" in full.last_error and full.next_attempt_at == desk.now + timedelta(minutes=5)
    assert "550 no such user" in gone.last_error
    assert desk.run("SendEmails").result["total"] == 0, "its time has not come"
    fired = [one for one in desk.harness.advance("16m") if one.task == "gamehost.send_emails" and one.progress.total]
    assert len(fired) == 2, "three attempts in all, 5 and then 10 minutes apart"
    assert (desk.rows.mails[0].status, desk.rows.mails[0].attempts) == ("PARKED", 3)


def test_a_mail_server_that_is_away_costs_no_mail_an_attempt(desk: Desk, mail: MailServer) -> None:
    for _ in range(3):
        desk.rows.mail(desk.now)
    mail.stop()
    try:
        run = desk.run("SendEmails")
    finally:
        mail.start()
    assert run.state is State.FAILED and f"the mail server 127.0.0.1:{mail.port}" in str(run.error_message)
    assert (run.progress.total, run.progress.processed, run.progress.failed) == (3, 3, 3)
    assert {(one.status, one.attempts) for one in desk.rows.mails} == {("PENDING", 0)}
    assert desk.run("SendEmails").result["processed"] == 3


@pytest.mark.one_database
def test_without_a_mail_server_it_says_so_and_ends_well(open_desk: Open) -> None:
    desk = open_desk()
    desk.rows.mail(desk.now)
    run = desk.run("SendEmails")
    assert (run.state, run.result) == (State.SUCCESS, {"processed": 0, "total": 0, "failed": 0})
    assert "The mail server is not configured: set ORARIO_GAMEHOST_MAIL_URL" in desk.said(run)


def test_the_pause_doubles_up_to_its_longest() -> None:
    settings = GamehostSettings()
    minutes = [backoff(at, settings).total_seconds() / 60 for at in (1, 2, 3, 8, 10_000)]
    assert minutes == [5, 10, 20, 360, 360]
