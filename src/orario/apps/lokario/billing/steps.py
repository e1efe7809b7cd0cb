"""The steps of a follow-up: after how many days which words; written with blanks that an invoice fills in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

BLANKS = ("client", "numero", "montant", "echeance", "emission", "jours_de_retard", "entreprise")
_BLANK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Step:
    """One reminder; the delay counts from the day on which the invoice was due."""

    delay_days: int
    subject: str
    text: str

    def as_json(self) -> dict[str, Any]:
        return {"delayDays": self.delay_days, "subject": self.subject, "text": self.text}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Step":
        return cls(document["delayDays"], document["subject"], document["text"])


USUAL = (
    Step(
        7,
        "Rappel : facture {numero} en attente de règlement",
        "Bonjour {client},\n\n"
        "Sauf erreur de notre part, la facture {numero} du {emission}, d'un montant de {montant}, est arrivée à "
        "échéance le {echeance} et nous n'avons pas encore reçu son règlement.\n\n"
        "Il s'agit sans doute d'un oubli. Nous vous remercions de bien vouloir procéder au paiement. Si celui-ci a "
        "été effectué entre-temps, merci de ne pas tenir compte de ce message.\n\n"
        "Bien cordialement,\n{entreprise}",
    ),
    Step(
        15,
        "Relance : facture {numero} impayée",
        "Bonjour {client},\n\n"
        "Malgré notre précédent message, la facture {numero} d'un montant de {montant}, échue le {echeance}, reste "
        "impayée à ce jour, soit {jours_de_retard} jours de retard.\n\n"
        "Nous vous remercions de procéder à son règlement dans les meilleurs délais, ou de nous faire part de toute "
        "difficulté.\n\n"
        "Cordialement,\n{entreprise}",
    ),
    Step(
        30,
        "Dernière relance avant mise en demeure : facture {numero}",
        "Bonjour {client},\n\n"
        "Nos relances concernant la facture {numero} d'un montant de {montant}, échue le {echeance}, sont restées "
        "sans réponse. Elle accuse aujourd'hui {jours_de_retard} jours de retard.\n\n"
        "Sans règlement de votre part sous huit jours, nous serons contraints de vous adresser une mise en demeure "
        "et d'appliquer les pénalités de retard prévues à nos conditions générales de vente.\n\n"
        "Cordialement,\n{entreprise}",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What fills the blanks."""

    company: str
    customer: str
    number: str
    amount_cents: int
    currency: str
    issued_on: date
    due_on: date

    def blanks(self, today: date) -> dict[str, str]:
        return {
            "client": self.customer,
            "numero": self.number,
            "montant": money(self.amount_cents, self.currency),
            "echeance": day(self.due_on),
            "emission": day(self.issued_on),
            "jours_de_retard": str(max((today - self.due_on).days, 0)),
            "entreprise": self.company,
        }


def filled(template: str, blanks: Mapping[str, str]) -> str:
    """The template with its blanks filled; what fills them is not looked at again."""
    return _BLANK.sub(lambda found: blanks.get(found[1], found[0]), template)


def unknown_blanks(template: str) -> list[str]:
    return [name for name in _BLANK.findall(template) if name not in BLANKS]


def money(cents: int, currency: str) -> str:
    """As it is written in French: 1 234,50 €."""
    whole, rest = divmod(abs(cents), 100)
    thousands = f"{whole:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    sign = {"EUR": "€"}.get(currency, currency)
    return f"{'-' if cents < 0 else ''}{thousands},{rest:02}\N{NO-BREAK SPACE}{sign}"


def day(value: date) -> str:
    return value.strftime("%d/%m/%Y")


def steps_of(stored: Sequence[Mapping[str, Any]]) -> list[Step]:
    return [Step.of(one) for one in stored]
