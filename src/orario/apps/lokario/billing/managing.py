"""Changes billing settings, invoices and follow-ups, each in one transaction with its line in the audit."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from orario import Conflict, NotFound
from orario.apps.lokario.billing.schemas import BillingDocument, InvoiceChanges, InvoiceDocument
from orario.apps.lokario.billing.steps import USUAL
from orario.apps.lokario.inbox.managing import named_company, require_company
from orario.apps.lokario.schemas import without_nulls
from orario.apps.lokario.tables import billing_settings, followups, invoices, reminders
from orario.apps.lokario.words import ReminderStatus
from orario.web import Actor

_OF_INVOICE = ("number", "customer_name", "customer_email", "currency", "issued_on", "due_on", "paid_on")


def put_settings(services: Any, company: UUID, document: BillingDocument, actor: Actor) -> None:
    """Write a company's billing settings, whole."""
    steps = [one.model_dump(by_alias=True) for one in document.steps or ()] or [one.as_json() for one in USUAL]
    values = {
        "is_automatic": document.is_automatic,
        "sender": document.sender,
        "reply_to": document.reply_to,
        "steps": steps,
    }
    with services.tools.changing(actor) as change:
        require_company(change.connection, company)
        query = select(billing_settings).where(billing_settings.c.company_id == company)
        before = change.connection.execute(query).one_or_none()
        change.connection.execute(delete(billing_settings).where(billing_settings.c.company_id == company))
        row = {"company_id": company, "updated_at": change.now, **values}
        change.connection.execute(insert(billing_settings).values(**row))
        was = before and {name: getattr(before, name) for name in values}
        change.record("lokario.billing.put", "company", company, was, values)


def add_invoice(services: Any, document: InvoiceDocument, actor: Actor) -> UUID:
    """Write an invoice, and whether its customer is reminded of it."""
    id = uuid4()
    values = {name: getattr(document, name) for name in _OF_INVOICE}
    try:
        with services.tools.changing(actor) as change:
            named_company(change.connection, document.company_id)
            insert_invoice(
                change.connection,
                change.now,
                auto_enabled=document.auto_enabled,
                id=id,
                company_id=document.company_id,
                amount_cents=int(document.amount * 100),
                **values,
            )
            told = {name: str(value) for name, value in values.items() if value is not None}
            change.record("lokario.invoice.create", "invoice", id, after=told)
    except IntegrityError:
        raise Conflict("The company has an invoice of this number already") from None
    return id


def insert_invoice(connection: Connection, now: Any, *, auto_enabled: bool, **values: Any) -> None:
    connection.execute(insert(invoices).values(created_at=now, **values))
    connection.execute(
        insert(followups).values(id=uuid4(), invoice_id=values["id"], auto_enabled=auto_enabled, created_at=now)
    )


def change_invoice(services: Any, id: UUID, document: InvoiceChanges, actor: Actor) -> None:
    """Change what was given. A reminder that was refused is tried again at another address."""
    given = without_nulls(document.given(), "paid_on")
    auto = given.pop("auto_enabled", None)
    if "amount" in given:
        given["amount_cents"] = int(given.pop("amount") * 100)
    with services.tools.changing(actor) as change:
        before = _require_invoice(change.connection, id)
        if given:
            change.connection.execute(update(invoices).where(invoices.c.id == id).values(given))
        if given.get("customer_email", before.customer_email) != before.customer_email:
            _forget_refusals(change.connection, id)
        told = {name: str(value) for name, value in given.items()}
        was = {name: str(getattr(before, name)) for name in given}
        if auto is not None:
            change.connection.execute(update(followups).where(followups.c.invoice_id == id).values(auto_enabled=auto))
            told["auto_enabled"] = str(auto)
        change.record("lokario.invoice.change", "invoice", id, was, told)


def _forget_refusals(connection: Connection, invoice: UUID) -> None:
    mine = select(followups.c.id).where(followups.c.invoice_id == invoice)
    refused = reminders.c.status == ReminderStatus.REFUSED.value
    values = {"status": ReminderStatus.WAITING.value}
    connection.execute(update(reminders).where(reminders.c.followup_id.in_(mine), refused).values(values))


def _require_invoice(connection: Connection, id: UUID) -> Any:
    found = connection.execute(select(invoices).where(invoices.c.id == id)).one_or_none()
    if found is None:
        raise NotFound("There is no such invoice")
    return found
