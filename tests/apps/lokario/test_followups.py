"""Reminders through a real mail server: each step once, when its delay is reached, until the invoice is paid."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from orario import State
from orario.apps.lokario import app
from orario.apps.lokario.billing import showing
from orario.apps.lokario.desk import desk
from orario.apps.lokario.tables import reminders
from orario.demo.mailserver import Mail, MailServer
from orario.testing import Harness
from tests.apps.lokario.office import Office


def subjects(mail: MailServer) -> list[str]:
    return [one.subject for one in mail.mails]


def states(office: Office) -> list[tuple[int, str, int]]:
    query = select(reminders).order_by(reminders.c.followup_id, reminders.c.step)
    return [(row.step, row.status, row.attempts) for row in office.rows(query)]


def preview(office: Office) -> Any:
    with office.services.database.reading() as connection:
        return showing.preview(connection, desk.settings, desk.today(office.harness.now))


def test_each_step_is_sent_once_when_its_delay_is_reached(office: Office, mail: MailServer) -> None:
    company = office.company(sender="Boulangerie Martin <factures@martin.example>", replyTo="martin@martin.example")
    office.invoice(company, dueOn="2024-01-09")  # today is the 15th: six days
    assert office.remind().result == {"due": 0, "sent": 0, "waiting": 0, "refused": 0}
    for call in range(2 * 26):
        office.harness.advance("12h")
        planned = preview(office).due
        before = len(mail.mails)
        result = office.remind().result if planned or call % 8 == 0 else {"sent": 0}
        assert result["sent"] == len(planned) == len(mail.mails) - before
        assert [one.subject for one in mail.mails[before:]] == [one.subject for one in planned]
    assert subjects(mail) == [
        "Rappel : facture F-1 en attente de règlement",
        "Relance : facture F-1 impayée",
        "Dernière relance avant mise en demeure : facture F-1",
    ]
    assert [one.message["Message-ID"] for one in mail.mails] == [
        row.message_id for row in office.rows(select(reminders).order_by(reminders.c.step))
    ]
    days = [row.sent_at for row in office.rows(select(reminders).order_by(reminders.c.step))]
    assert days == [datetime(2024, month, day, 2, 30, tzinfo=UTC) for month, day in ((1, 16), (1, 24), (2, 8))], (
        "the first call after midnight in Paris"
    )
    last = mail.mails[-1].message
    assert (last["From"], last["To"], last["Reply-To"]) == (
        "Boulangerie Martin <factures@martin.example>", "compta@parc.example", "martin@martin.example"
    )  # fmt: skip
    assert last["References"] == mail.mails[1].message["Message-ID"]
    body = last.get_content()
    assert "d'un montant de 1\u202f234,50\xa0€, échue le 09/01/2024" in body and "30 jours de retard" in body
    assert states(office) == [(1, "sent", 1), (2, "sent", 1), (3, "sent", 1)]


def test_a_paid_invoice_and_everything_switched_off_get_nothing(office: Office, mail: MailServer) -> None:
    company, manual = office.company(), office.company("Atelier Dubois", is_automatic=False)
    nobody = {"dueOn": "2023-12-20"}
    paid, open_ = office.invoice(company, "F-1", **nobody), office.invoice(company, "F-2", **nobody)
    off = office.invoice(company, "F-3", autoEnabled=False, **nobody)
    office.invoice(manual, "D-1", **nobody)
    office.invoice(company, "F-4", dueOn="2024-01-10")
    office.change_invoice(paid, paidOn="2024-01-14")
    assert preview(office).not_due == {"auto_disabled": 1, "automatic_off": 1, "too_early": 1}
    assert office.remind().result["sent"] == 1 and subjects(mail) == ["Rappel : facture F-2 en attente de règlement"]
    office.change_invoice(open_, paidOn="2024-01-15")
    office.harness.advance("60d")
    office.change_invoice(off, autoEnabled=True)
    assert office.remind().result["sent"] == 2
    assert sorted(subjects(mail)[1:]) == [f"Rappel : facture F-{n} en attente de règlement" for n in (3, 4)]


def test_an_invoice_that_is_paid_while_the_run_goes_on_gets_nothing_any_more(
    office: Office, mail: MailServer
) -> None:
    company = office.company()
    office.invoice(company, "F-1", dueOn="2023-12-01")
    second = office.invoice(company, "F-2", dueOn="2023-12-02")
    mail.hears = lambda _: office.change_invoice(second, paidOn="2024-01-15")
    done = office.remind()
    assert (done.state, len(mail.mails)) == (State.SUCCESS, 1)
    assert "Relance 1 de la facture F-2 (Boulangerie Martin) : plus à envoyer" in office.said(done)


def test_a_mail_server_that_dies_in_the_middle_costs_nobody_a_mail_and_sends_nothing_twice(
    office: Office, mail: MailServer
) -> None:
    company = office.company()
    for number in range(1, 6):
        office.invoice(company, f"F-{number}", dueOn="2023-12-01", customerEmail=f"c{number}@example.org")

    def die(one: Mail) -> str | None:
        return "421 shutting down" if len(mail.mails) == 2 else None

    mail.hears = die
    died = office.remind()
    assert died.state is State.FAILED and "421 shutting down" in str(died.error_message)
    assert died.metadata == {"due": 5, "sent": 2, "waiting": 3, "refused": 0}
    mail.stop()
    away = office.remind()
    assert f"the mail server 127.0.0.1:{mail.port}" in str(away.error_message)
    assert away.metadata == {"due": 3, "sent": 0, "waiting": 3, "refused": 0}
    mail.hears = None
    mail.start()
    assert office.remind().result == {"due": 3, "sent": 3, "waiting": 0, "refused": 0}
    assert sorted(one.recipients[0] for one in mail.mails) == [f"c{number}@example.org" for number in range(1, 6)]
    assert len({one.message["Message-ID"] for one in mail.mails}) == 5


def test_a_mail_of_which_nobody_knows_whether_it_was_taken_is_sent_again_under_its_id(
    office: Office, mail: MailServer
) -> None:
    office.invoice(office.company(), dueOn="2023-12-01")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orario.apps.lokario.billing.reminding.note_sent", crash)
        office.remind()
    assert states(office) == [(1, "sending", 1)], "as after kill -9"
    assert office.remind().result["sent"] == 1
    assert [one.message["Message-ID"] for one in mail.mails] == [mail.mails[0].message["Message-ID"]] * 2
    assert states(office) == [(1, "sent", 2)]
    assert office.remind().result["due"] == 0


def crash(*_: object) -> None:
    raise RuntimeError("the process ends here")


def test_an_address_that_is_refused_for_good_is_told_once_and_tried_again_when_it_is_corrected(
    office: Office, mail: MailServer
) -> None:
    company = office.company()
    wrong = office.invoice(company, "F-1", dueOn="2023-12-01", customerEmail="gone@example.org")
    office.invoice(company, "F-2", dueOn="2023-12-02", customerEmail="here@example.org")
    mail.refuses["gone@example.org"] = "550 no such user"
    first = office.remind()
    assert first.metadata == {"due": 2, "sent": 1, "waiting": 0, "refused": 1}
    assert "Relance 1 de la facture F-1 (Boulangerie Martin) : gone@example.org: 550 no such user" in str(
        first.error_message
    )
    assert office.remind().state is State.SUCCESS
    office.change_invoice(wrong, customerEmail="new@example.org")
    assert office.remind().result["sent"] == 1
    assert [one.recipients[0] for one in mail.mails] == ["here@example.org", "new@example.org"]


@pytest.mark.one_database
def test_without_a_mail_server_the_run_says_so_and_ends_well(database_url: str) -> None:
    with Harness(app, start=datetime(2024, 1, 15, tzinfo=UTC), database_url=database_url) as harness:
        office = Office(harness)
        assert office.remind().result == {"due": 0, "sent": 0, "waiting": 0, "refused": 0}
        office.invoice(office.company(), dueOn="2023-12-01")
        done = office.remind()
        assert done.result == {"due": 0, "sent": 0, "waiting": 1, "refused": 0}
        assert "ORARIO_LOKARIO_MAIL_URL" in office.said(done)
        assert states(office) == [] and not preview(office).can_send
