"""Composes reminders, and writes down each step before it is sent and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, update

from orario.apps.lokario.billing import followups
from orario.apps.lokario.billing.deciding import Owed, decide
from orario.apps.lokario.billing.followups import Followup
from orario.apps.lokario.billing.steps import filled
from orario.apps.lokario.settings import LokarioSettings
from orario.apps.lokario.tables import reminders
from orario.apps.lokario.words import ReminderStatus
from orario.mail import Letter, message_id_of


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A reminder as it would be sent."""

    followup: Followup
    step: int
    reached_on: date
    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    answers: str | None  # the Message-ID of the step before, so that mail programs show them together

    def letter(self) -> Letter:
        """Raises MailRefused where the customer's address is none."""
        thread = {"In-Reply-To": self.answers, "References": self.answers} if self.answers else {}
        return Letter(
            to=self.recipient,
            subject=self.subject,
            text=self.text,
            message_id=self.message_id,
            sender=self.sender,
            reply_to=self.followup.reply_to,
            headers=thread,
        )


def draft(one: Followup, owed: Owed, settings: LokarioSettings, today: date) -> Draft:
    """The same step always gets the same Message-ID, by which a mail server knows it when it comes twice."""
    step, blanks = one.steps[owed.step - 1], one.facts.blanks(today)
    sender, before = one.sender or settings.sender, one.reminders.get(owed.step - 1)
    known = one.reminders.get(owed.step)
    domain = sender.rpartition("@")[2].rstrip(">").strip() or "localhost"
    return Draft(
        followup=one,
        step=owed.step,
        reached_on=owed.reached_on,
        message_id=known.message_id if known else message_id_of("lokario", one.id, owed.step, domain=domain),
        sender=sender,
        recipient=one.customer_email,
        subject=" ".join(filled(step.subject, blanks).split()),
        text=filled(step.text, blanks),
        answers=before.message_id if before else None,
    )


def owed(connection: Connection, settings: LokarioSettings, today: date) -> list[Draft]:
    """All that is to be sent now."""
    return [found for one in followups.unpaid(connection) if (found := _owed(one, settings, today))]


def _owed(one: Followup, settings: LokarioSettings, today: date) -> Draft | None:
    decided = decide(one.case(settings.zone), today)
    return draft(one, decided, settings, today) if isinstance(decided, Owed) else None


def begin(
    connection: Connection,
    id: UUID,
    step: int,
    settings: LokarioSettings,
    today: date,
    now: datetime,
    run: UUID,
    is_over: Callable[[UUID], bool],
) -> Draft | None:
    """Write down that a step is being sent, if it is still owed at this very moment: the invoice may have been paid,
    or another run may be sending it."""
    one = followups.get(connection, id)
    found = None if one is None else _owed(one, settings, today)
    if one is None or found is None or found.step != step:
        return None
    known = one.reminders.get(step)
    if known and known.status is ReminderStatus.SENDING and known.run_id != run and not is_over(known.run_id):
        return None
    values = _values(found, run, now)
    if known is None:
        connection.execute(insert(reminders).values(followup_id=id, step=step, attempts=1, **values))
    else:
        _change(connection, id, step, attempts=reminders.c.attempts + 1, **values)
    return found


def _values(found: Draft, run: UUID, now: datetime) -> dict[str, Any]:
    return {
        "status": ReminderStatus.SENDING.value,
        "run_id": run,
        "message_id": found.message_id,
        "recipient": found.recipient,
        "subject": found.subject,
        "text": found.text,
        "begun_at": now,
        "error": None,
    }


def note_sent(connection: Connection, found: Draft, now: datetime) -> None:
    _change(connection, found.followup.id, found.step, status=ReminderStatus.SENT.value, sent_at=now, error=None)


def note_refusal(connection: Connection, found: Draft, error: str, *, is_final: bool) -> None:
    status = ReminderStatus.REFUSED if is_final else ReminderStatus.WAITING
    _change(connection, found.followup.id, found.step, status=status.value, error=error)


def _change(connection: Connection, id: UUID, step: int, **values: Any) -> None:
    row = reminders.c
    connection.execute(update(reminders).where(row.followup_id == id, row.step == step).values(**values))
