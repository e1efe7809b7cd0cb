"""Believable rows of two companies: mailboxes, billing settings, and invoices of every kind."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from orario.apps.lokario.billing.managing import insert_invoice
from orario.apps.lokario.billing.steps import USUAL
from orario.apps.lokario.demo.letters import PASSWORD
from orario.apps.lokario.desk import desk
from orario.apps.lokario.inbox import integrations as stored
from orario.apps.lokario.tables import billing_settings, companies, followups, integrations, invoices, reminders
from orario.apps.lokario.words import TlsMode

_NOWHERE = "imap.example.com:143"
# (user of the stand-in, name)
COMPANIES = (("martin", "Boulangerie Martin"), ("dubois", "Atelier Dubois"))
# (customer, cents, due so many days ago, paid so many days ago, reminded automatically)
_INVOICES = (
    ("Hôtel du Parc", 48_250, 45, None, True),
    ("Café de la Gare", 12_990, 21, None, True),
    ("Mairie de Lokville", 230_000, 9, None, True),
    ("Garage Petit", 75_600, 3, None, True),
    ("Librairie Lenoir", 31_415, -10, None, True),
    ("École Jules Ferry", 64_000, 30, 5, True),
    ("Pharmacie Blanc", 18_775, 60, None, False),
)


def _id(*parts: object) -> UUID:
    return uuid5(NAMESPACE_URL, "/".join(["orario-lokario-demo", *map(str, parts)]))


def load(services: Any) -> Mapping[str, int]:
    """What is missing; mailboxes that are there move to where the stand-in is now."""
    now = services.tools.clock.now()
    with services.database.writing() as connection:
        before = _counts(connection)
        for user, name in COMPANIES:
            id = _id(user)
            _add(connection, companies, id=id, name=name, created_at=now)
            _put_mailbox(connection, services, id, user, now)
            if not _has(connection, billing_settings.c.company_id, id):
                steps = [one.as_json() for one in USUAL]
                values = {"company_id": id, "is_automatic": True, "sender": f"{user}@example.com", "steps": steps}
                connection.execute(insert(billing_settings).values(**values, updated_at=now))
            for number, one in enumerate(_INVOICES, 1):
                _put_invoice(connection, id, f"F-{number:04}", one, desk.today(now), now)
        after = _counts(connection)
    return {what: after[what] - before[what] for what in after}


def remove(services: Any) -> Mapping[str, int]:
    """All of the two companies, with what came in and what was sent."""
    with services.database.writing() as connection:
        before = _counts(connection)
        mine = [_id(user) for user, _ in COMPANIES]
        for one in [box for id in mine for box in stored.find(connection, company=id)]:
            stored.remove(connection, one.id)
        bills = select(invoices.c.id).where(invoices.c.company_id.in_(mine))
        followed = select(followups.c.id).where(followups.c.invoice_id.in_(bills))
        connection.execute(delete(reminders).where(reminders.c.followup_id.in_(followed)))
        connection.execute(delete(followups).where(followups.c.invoice_id.in_(bills)))
        for column in (invoices.c.company_id, billing_settings.c.company_id, companies.c.id):
            connection.execute(delete(column.table).where(column.in_(mine)))
        return before


def _counts(connection: Connection) -> dict[str, int]:
    mine = [_id(user) for user, _ in COMPANIES]
    meant = {"companies": companies.c.id, "mailboxes": integrations.c.company_id, "invoices": invoices.c.company_id}
    return {
        what: connection.scalar(select(func.count()).select_from(column.table).where(column.in_(mine))) or 0
        for what, column in meant.items()
    }


def _has(connection: Connection, column: Any, value: object) -> bool:
    return connection.scalar(select(func.count()).where(column == value)) != 0


def _add(connection: Connection, table: Table, **values: Any) -> None:
    if not _has(connection, table.c.id, values["id"]):
        connection.execute(insert(table).values(**values))


def _put_mailbox(connection: Connection, services: Any, company: UUID, user: str, now: Any) -> None:
    """A mailbox that is nowhere is not active: a newcomer's first run should not fail."""
    address = desk.settings.demo_imap
    host, _, port = (address or _NOWHERE).rpartition(":")
    place = {"host": host, "port": int(port), "is_active": address is not None}
    _add(
        connection,
        integrations,
        id=_id(user, "inbox"),
        company_id=company,
        name="Contact",
        tls=TlsMode.NONE.value,
        verify_tls=True,
        username=user,
        password=services.sealing.seal(PASSWORD),
        folder="INBOX",
        generation=1,
        last_uid=0,
        failures_in_row=0,
        created_at=now,
        **place,
    )
    if address is not None:
        connection.execute(update(integrations).where(integrations.c.id == _id(user, "inbox")).values(**place))


def _put_invoice(
    connection: Connection,
    company: UUID,
    number: str,
    one: tuple[str, int, int, int | None, bool],
    today: date,
    now: Any,
) -> None:
    customer, cents, overdue, paid, auto = one
    id = _id(company, number)
    if _has(connection, invoices.c.id, id):
        return
    due = today - timedelta(days=overdue)
    insert_invoice(
        connection,
        now,
        auto_enabled=auto,
        id=id,
        company_id=company,
        number=number,
        customer_name=customer,
        customer_email=f"compta{number[-1]}@example.org",
        amount_cents=cents,
        currency="EUR",
        issued_on=due - timedelta(days=30),
        due_on=due,
        paid_on=None if paid is None else today - timedelta(days=paid),
    )
