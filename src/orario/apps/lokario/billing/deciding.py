"""Decides which reminder an invoice is owed: a pure function of what is known of it and of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from orario.apps.lokario.billing.steps import Step


class Why(StrEnum):
    """Why nothing is sent."""

    PAID = "paid"
    AUTOMATIC_OFF = "automatic_off"  # in the company's billing settings
    AUTO_DISABLED = "auto_disabled"  # of this follow-up
    TOO_EARLY = "too_early"
    REFUSED = "refused"  # the step before was, for good
    COMPLETE = "complete"  # every step was sent


@dataclass(frozen=True)
class Begun:
    """What became of a step so far; `sent_on` is None until it was taken."""

    sent_on: date | None
    is_refused: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """An invoice, as far as reminding goes."""

    due_on: date
    is_paid: bool
    is_automatic: bool
    auto_enabled: bool
    steps: Sequence[Step]
    begun: Mapping[int, Begun]  # by the step's number, from 1


@dataclass(frozen=True)
class Owed:
    """The step to send now."""

    step: int
    reached_on: date


@dataclass(frozen=True)
class Nothing:
    """Nothing is to be sent now; perhaps from a day on."""

    why: Why
    step: int | None = None
    reached_on: date | None = None


def decide(case: Case, today: date) -> Owed | Nothing:
    """One step at most: an invoice that is long overdue when its company begins gets one mail, not three at once.

    A step's delay counts from the due day; and it comes after the one before by as many days as their delays differ.
    """
    if case.is_paid:
        return Nothing(Why.PAID)
    number = next((n for n in range(1, len(case.steps) + 1) if not _is_sent(case, n)), None)
    if number is None:
        return Nothing(Why.COMPLETE)
    reached = reached_on(case, number)
    if not case.is_automatic:
        return Nothing(Why.AUTOMATIC_OFF, number, reached)
    if not case.auto_enabled:
        return Nothing(Why.AUTO_DISABLED, number, reached)
    if number in case.begun and case.begun[number].is_refused:
        return Nothing(Why.REFUSED, number, reached)
    return Owed(number, reached) if reached <= today else Nothing(Why.TOO_EARLY, number, reached)


def reached_on(case: Case, number: int) -> date:
    """The day from which on a step may be sent, the one before being sent."""
    step = case.steps[number - 1]
    by_invoice = case.due_on + timedelta(days=step.delay_days)
    before = case.begun.get(number - 1)
    if before is None or before.sent_on is None:
        return by_invoice
    apart = max(step.delay_days - case.steps[number - 2].delay_days, 1)
    return max(by_invoice, before.sent_on + timedelta(days=apart))


def _is_sent(case: Case, number: int) -> bool:
    return number in case.begun and case.begun[number].sent_on is not None
