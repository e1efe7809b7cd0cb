"""Follow-ups as they are stored, each with its invoice, its company's settings and what was sent so far."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select

from orario.apps.lokario.billing.deciding import Begun, Case
from orario.apps.lokario.billing.steps import USUAL, Facts, Step, steps_of
from orario.apps.lokario.tables import billing_settings, companies, followups, invoices, reminders
from orario.apps.lokario.words import ReminderStatus


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """A step that was begun."""

    followup_id: UUID
    step: int
    status: ReminderStatus
    run_id: UUID
    message_id: str
    recipient: str
    subject: str
    text: str
    attempts: int
    begun_at: datetime
    sent_at: datetime | None
    error: str | None

    def begun(self, zone: tzinfo) -> Begun:
        sent_on = self.sent_at.astimezone(zone).date() if self.sent_at else None
        return Begun(sent_on, self.status is ReminderStatus.REFUSED)


@dataclass(frozen=True, kw_only=True)
class Followup:
    """Whether and how the customer of an invoice is reminded."""

    id: UUID
    auto_enabled: bool
    invoice_id: UUID
    customer_email: str
    paid_on: date | None
    company_id: UUID
    is_automatic: bool
    sender: str | None
    reply_to: str | None
    steps: list[Step]
    facts: Facts
    reminders: Mapping[int, Reminder]

    def case(self, zone: tzinfo) -> Case:
        return Case(
            due_on=self.facts.due_on,
            is_paid=self.paid_on is not None,
            is_automatic=self.is_automatic,
            auto_enabled=self.auto_enabled,
            steps=self.steps,
            begun={number: one.begun(zone) for number, one in self.reminders.items()},
        )


def unpaid(connection: Connection, company: UUID | None = None) -> list[Followup]:
    """Those whose invoices are open, the longest overdue first."""
    query = _whole().where(invoices.c.paid_on.is_(None)).order_by(invoices.c.due_on, invoices.c.id)
    if company is not None:
        query = query.where(invoices.c.company_id == company)
    return _read(connection, query)


def of_invoices(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Followup]:
    return {one.invoice_id: one for one in _read(connection, _whole().where(invoices.c.id.in_(ids)))}


def get(connection: Connection, id: UUID) -> Followup | None:
    return next(iter(_read(connection, _whole().where(followups.c.id == id))), None)


def _whole() -> Select[Any]:
    settings = billing_settings.c
    return (
        select(
            followups.c.id,
            followups.c.auto_enabled,
            *(column for column in invoices.c if column.name not in ("id", "created_at")),
            invoices.c.id.label("invoice_id"),
            companies.c.name.label("company"),
            settings.is_automatic,
            settings.sender,
            settings.reply_to,
            settings.steps,
        )
        .join_from(followups, invoices, followups.c.invoice_id == invoices.c.id)
        .join(companies, companies.c.id == invoices.c.company_id)
        .outerjoin(billing_settings, settings.company_id == invoices.c.company_id)
    )


def _read(connection: Connection, query: Select[Any]) -> list[Followup]:
    rows = connection.execute(query).all()
    begun = _reminders(connection, query)
    return [_of(row, begun[row.id]) for row in rows]


def _reminders(connection: Connection, query: Select[Any]) -> dict[UUID, dict[int, Reminder]]:
    meant = query.order_by(None).with_only_columns(followups.c.id)
    found: dict[UUID, dict[int, Reminder]] = defaultdict(dict)
    for row in connection.execute(select(reminders).where(reminders.c.followup_id.in_(meant))):
        one = reminder_of(row)
        found[one.followup_id][one.step] = one
    return found


def reminder_of(row: Row[Any]) -> Reminder:
    fields = dict(row._mapping)
    return Reminder(**{**fields, "status": ReminderStatus(fields["status"])})


def _of(row: Row[Any], begun: Mapping[int, Reminder]) -> Followup:
    return Followup(
        id=row.id,
        auto_enabled=row.auto_enabled,
        invoice_id=row.invoice_id,
        customer_email=row.customer_email,
        paid_on=row.paid_on,
        company_id=row.company_id,
        is_automatic=bool(row.is_automatic),
        sender=row.sender,
        reply_to=row.reply_to,
        steps=list(USUAL) if row.steps is None else steps_of(row.steps),
        facts=Facts(
            company=row.company,
            customer=row.customer_name,
            number=row.number,
            amount_cents=row.amount_cents,
            currency=row.currency,
            issued_on=row.issued_on,
            due_on=row.due_on,
        ),
        reminders=begun,
    )
