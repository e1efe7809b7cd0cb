"""Shows invoices with their reminders, billing settings, and what would be sent today."""

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from orario import NotFound
from orario.apps.lokario.billing import followups
from orario.apps.lokario.billing.deciding import Nothing, Owed, decide
from orario.apps.lokario.billing.followups import Followup
from orario.apps.lokario.billing.reminding import draft
from orario.apps.lokario.billing.schemas import (
    BillingOut,
    DraftOut,
    FollowupOut,
    InvoiceList,
    InvoiceOut,
    Preview,
    ReminderOut,
    StepOut,
)
from orario.apps.lokario.billing.steps import USUAL, steps_of
from orario.apps.lokario.settings import LokarioSettings
from orario.apps.lokario.tables import billing_settings, invoices

_SHOWN_OF_REMINDER = tuple(ReminderOut.model_fields)


def settings_of(connection: Connection, company: UUID) -> BillingOut:
    """A company's billing settings; the usual ones, switched off, where nobody has set any."""
    row = connection.execute(select(billing_settings).where(billing_settings.c.company_id == company)).one_or_none()
    steps = list(USUAL) if row is None else steps_of(row.steps)
    return BillingOut(
        company_id=company,
        is_automatic=row is not None and row.is_automatic,
        sender=row and row.sender,
        reply_to=row and row.reply_to,
        steps=[
            StepOut(step=number, delay_days=one.delay_days, subject=one.subject, text=one.text)
            for number, one in enumerate(steps, 1)
        ],
        updated_at=row and row.updated_at,
    )


def find(
    connection: Connection,
    settings: LokarioSettings,
    today: date,
    page: int,
    per_page: int,
    *,
    company: UUID | None = None,
    is_paid: bool | None = None,
) -> InvoiceList:
    """A page of invoices, those that are due first."""
    row, meant = invoices.c, []
    if company is not None:
        meant.append(row.company_id == company)
    if is_paid is not None:
        meant.append(row.paid_on.is_not(None) if is_paid else row.paid_on.is_(None))
    total = connection.scalar(select(func.count()).select_from(invoices).where(*meant)) or 0
    query = select(row.id).where(*meant).order_by(row.due_on, row.id).limit(per_page).offset((page - 1) * per_page)
    ids = list(connection.scalars(query))
    known = followups.of_invoices(connection, ids)
    shown = [_invoice(known[id], settings, today) for id in ids]
    return InvoiceList(invoices=shown, total=total, page=page, per_page=per_page)


def get(connection: Connection, settings: LokarioSettings, today: date, id: UUID) -> InvoiceOut:
    found = followups.of_invoices(connection, [id]).get(id)
    if found is None:
        raise NotFound("There is no such invoice")
    return _invoice(found, settings, today)


def preview(connection: Connection, settings: LokarioSettings, today: date, company: UUID | None = None) -> Preview:
    """What a run would send today; nothing is sent and nothing written."""
    due, not_due = [], Counter[Any]()
    for one in followups.unpaid(connection, company):
        decided = decide(one.case(settings.zone), today)
        if isinstance(decided, Nothing):
            not_due[decided.why] += 1
        else:
            due.append(_draft(one, decided, settings, today))
    return Preview(
        today=today, timezone=settings.timezone, can_send=settings.mailbox is not None, due=due, not_due=dict(not_due)
    )


def _draft(one: Followup, owed: Owed, settings: LokarioSettings, today: date) -> DraftOut:
    found = draft(one, owed, settings, today)
    return DraftOut(
        followup_id=one.id,
        invoice_id=one.invoice_id,
        company=one.facts.company,
        number=one.facts.number,
        step=found.step,
        reached_on=found.reached_on,
        message_id=found.message_id,
        sender=found.sender,
        recipient=found.recipient,
        subject=found.subject,
        text=found.text,
    )


def _invoice(one: Followup, settings: LokarioSettings, today: date) -> InvoiceOut:
    facts = one.facts
    return InvoiceOut(
        id=one.invoice_id,
        company_id=one.company_id,
        company=facts.company,
        number=facts.number,
        customer_name=facts.customer,
        customer_email=one.customer_email,
        amount=f"{facts.amount_cents // 100}.{facts.amount_cents % 100:02}",
        currency=facts.currency,
        issued_on=facts.issued_on,
        due_on=facts.due_on,
        paid_on=one.paid_on,
        followup=_followup(one, settings, today),
    )


def _followup(one: Followup, settings: LokarioSettings, today: date) -> FollowupOut:
    decided = decide(one.case(settings.zone), today)
    return FollowupOut(
        id=one.id,
        auto_enabled=one.auto_enabled,
        is_due=isinstance(decided, Owed),
        why_not=decided.why if isinstance(decided, Nothing) else None,
        next_step=decided.step,
        next_on=decided.reached_on,
        reminders=[
            ReminderOut(**{name: getattr(begun, name) for name in _SHOWN_OF_REMINDER})
            for _, begun in sorted(one.reminders.items())
        ],
    )
