"""The shapes of billing settings, invoices, follow-ups and their preview."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from orario.apps.lokario.billing.deciding import Why
from orario.apps.lokario.billing.steps import BLANKS, unknown_blanks
from orario.apps.lokario.schemas import Day, Document, Email, Moment, OneLine, Shape
from orario.apps.lokario.words import ReminderStatus

_MOST_STEPS = 20
_LONGEST_DELAY = 3650
_LARGEST = Decimal(10) ** 12


def _template(text: str) -> str:
    if unknown := unknown_blanks(text):
        known = ", ".join(f"{{{name}}}" for name in BLANKS)
        raise ValueError(f"has a blank {{{unknown[0][:40]}}} that nothing fills; there are {known}")
    return text


def _cents(amount: Decimal) -> Decimal:
    if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")):
        raise ValueError("has more than two decimals")
    return amount


Amount = Annotated[Decimal, Field(gt=0, lt=_LARGEST, description="Such as 1234.50."), AfterValidator(_cents)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class StepDocument(Document):
    """One step of a follow-up."""

    delay_days: Annotated[StrictInt, Field(ge=0, le=_LONGEST_DELAY)] = Field(
        description="Days after the invoice was due."
    )
    subject: Annotated[OneLine, AfterValidator(_template)]
    text: Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(_template)] = Field(
        description="In French or any language; {client}, {numero}, {montant}, {echeance} and the like are filled in."
    )


class BillingDocument(Document):
    """A company's billing settings, whole."""

    is_automatic: StrictBool = Field(description="Whether reminders are sent by themselves.")
    sender: Email | None = Field(None, description="The address they come from; else ORARIO_LOKARIO_SENDER.")
    reply_to: Email | None = Field(None, description="Where answers go.")
    steps: list[StepDocument] | None = Field(
        None, min_length=1, max_length=_MOST_STEPS, description="In order; left out, the three usual ones."
    )

    @model_validator(mode="after")
    def _later_and_later(self) -> Self:
        delays = [step.delay_days for step in self.steps or ()]
        if any(after <= before for before, after in pairwise(delays)):
            raise ValueError("each step comes later than the one before: the delays must grow")
        return self


class StepOut(Shape):
    """One step of a follow-up."""

    step: int
    delay_days: int
    subject: str
    text: str


class BillingOut(Shape):
    """A company's billing settings."""

    company_id: UUID
    is_automatic: bool
    sender: str | None
    reply_to: str | None
    steps: list[StepOut]
    updated_at: Moment | None = Field(description="Null: nobody has set anything yet.")


class InvoiceDocument(Document):
    """An invoice."""

    company_id: UUID
    number: OneLine
    customer_name: OneLine
    customer_email: Email
    amount: Amount
    currency: Currency = "EUR"
    issued_on: Day
    due_on: Day
    paid_on: Day | None = None
    auto_enabled: StrictBool = Field(True, description="Whether its customer is reminded automatically.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.due_on < self.issued_on:
            raise ValueError("dueOn is before issuedOn")
        return self


class InvoiceChanges(Document):
    """What of an invoice is to be other; `paidOn` ends its reminders, and null takes that back."""

    customer_name: OneLine | None = None
    customer_email: Email | None = None
    amount: Amount | None = None
    due_on: Day | None = None
    paid_on: Day | None = None
    auto_enabled: StrictBool | None = None


class ReminderOut(Shape):
    """A step that was begun, and what became of it."""

    step: int
    status: ReminderStatus
    message_id: str
    recipient: str
    subject: str
    attempts: int
    sent_at: Moment | None
    error: str | None


class FollowupOut(Shape):
    """How a customer is reminded of an invoice."""

    id: UUID
    auto_enabled: bool
    is_due: bool = Field(description="Whether the next step is sent by the next run.")
    why_not: Why | None = Field(description="Why nothing is sent now.")
    next_step: int | None
    next_on: dt.date | None = Field(description="The day from which on the next step may be sent.")
    reminders: list[ReminderOut]


class InvoiceOut(Shape):
    """An invoice and its reminders."""

    id: UUID
    company_id: UUID
    company: str
    number: str
    customer_name: str
    customer_email: str
    amount: str
    currency: str
    issued_on: dt.date
    due_on: dt.date
    paid_on: dt.date | None
    followup: FollowupOut


class InvoiceList(Shape):
    """Invoices; those that are due first come first."""

    invoices: list[InvoiceOut]
    total: int
    page: int
    per_page: int


class DraftOut(Shape):
    """A reminder as it would be sent today."""

    followup_id: UUID
    invoice_id: UUID
    company: str
    number: str
    step: int
    reached_on: dt.date
    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str


class Preview(Shape):
    """What a run would send today, and how many invoices get nothing, for which reason."""

    today: dt.date
    timezone: str
    can_send: bool = Field(description="Whether a mail server is configured.")
    due: list[DraftOut]
    not_due: dict[Why, int]
