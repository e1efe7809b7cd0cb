"""Which reminder an invoice is owed on which day."""

from datetime import date, timedelta

import pytest

from orario.apps.lokario.billing.deciding import Begun, Case, Nothing, Owed, Why, decide
from orario.apps.lokario.billing.steps import USUAL, Facts, filled, money, unknown_blanks

DUE = date(2024, 1, 1)


def after(days: int) -> date:
    return DUE + timedelta(days=days)


def case(
    begun: dict[int, Begun] | None = None,
    *,
    is_paid: bool = False,
    is_automatic: bool = True,
    auto_enabled: bool = True,
) -> Case:
    return Case(
        due_on=DUE,
        is_paid=is_paid,
        is_automatic=is_automatic,
        auto_enabled=auto_enabled,
        steps=USUAL,
        begun=begun or {},
    )


@pytest.mark.parametrize(
    ("wanted", "today", "expected"),
    [
        (case(), after(6), Nothing(Why.TOO_EARLY, 1, after(7))),
        (case(), after(7), Owed(1, after(7))),
        (case(), after(400), Owed(1, after(7))),
        (case({1: Begun(after(7))}), after(14), Nothing(Why.TOO_EARLY, 2, after(15))),
        (case({1: Begun(after(7))}), after(15), Owed(2, after(15))),
        # Long overdue when it began: the next step keeps its distance of eight days.
        (case({1: Begun(after(100))}), after(107), Nothing(Why.TOO_EARLY, 2, after(108))),
        (case({1: Begun(after(100))}), after(108), Owed(2, after(108))),
        (case({1: Begun(None)}), after(9), Owed(1, after(7))),  # begun and never taken: tried again
        (case({1: Begun(None, is_refused=True)}), after(9), Nothing(Why.REFUSED, 1, after(7))),
        (case({n: Begun(after(30)) for n in (1, 2, 3)}), after(99), Nothing(Why.COMPLETE)),
        (case(is_paid=True), after(99), Nothing(Why.PAID)),
        (case(is_automatic=False), after(99), Nothing(Why.AUTOMATIC_OFF, 1, after(7))),
        (case(auto_enabled=False), after(99), Nothing(Why.AUTO_DISABLED, 1, after(7))),
    ],
)
def test_a_step_is_owed_when_its_delay_is_reached(wanted: Case, today: date, expected: Owed | Nothing) -> None:
    assert decide(wanted, today) == expected


def test_the_usual_texts_are_french_and_leave_no_blank() -> None:
    facts = Facts(
        company="Atelier {client}",
        customer="Hôtel du Parc",
        number="F-1",
        amount_cents=123_450,
        currency="EUR",
        issued_on=date(2023, 12, 1),
        due_on=DUE,
    )
    for step in USUAL:
        text = filled(step.text, facts.blanks(after(15)))
        assert "Bonjour Hôtel du Parc" in text and "1\u202f234,50\xa0€" in text and "01/01/2024" in text
        assert text.endswith("Atelier {client}"), "what fills a blank is not filled itself"
        assert not unknown_blanks(step.text) and not unknown_blanks(step.subject)
    assert unknown_blanks("{montant} {mystère.__class__} {0}") == ["mystère.__class__", "0"]
    assert (money(5, "CHF"), money(-123_456_789, "EUR")) == ("0,05\xa0CHF", "-1\u202f234\u202f567,89\xa0€")
