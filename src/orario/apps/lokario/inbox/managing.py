"""Changes companies and their mailboxes, each in one transaction with its line in the audit."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from orario import Conflict, Invalid, NotFound, Problem
from orario.apps.lokario.inbox import integrations as stored
from orario.apps.lokario.inbox.schemas import CompanyDocument, IntegrationChanges, IntegrationDocument
from orario.apps.lokario.schemas import without_nulls
from orario.apps.lokario.tables import billing_settings, companies, integrations, invoices
from orario.apps.lokario.words import TlsMode
from orario.web import Actor

MASK = "********"
_PORTS = {TlsMode.TLS: 993, TlsMode.STARTTLS: 143, TlsMode.NONE: 143}
_WHERE = ("host", "port", "username", "folder")  # another one of these is another folder
_PLAIN = ("name", "host", "port", "tls", "verify_tls", "username", "folder", "is_active")


def require_company(connection: Connection, id: UUID) -> Any:
    found = connection.execute(select(companies).where(companies.c.id == id)).one_or_none()
    if found is None:
        raise NotFound("There is no such company")
    return found


def named_company(connection: Connection, id: UUID) -> None:
    """The same for a company that a body names."""
    try:
        require_company(connection, id)
    except NotFound as error:
        raise Invalid(Problem(("companyId",), error.message)) from None


def add_company(services: Any, document: CompanyDocument, actor: Actor) -> UUID:
    id = uuid4()
    with services.tools.changing(actor) as change:
        values = {"id": id, "name": document.name, "created_at": change.now}
        change.connection.execute(insert(companies).values(values))
        change.record("lokario.company.create", "company", id, after={"name": document.name})
    return id


def rename_company(services: Any, id: UUID, document: CompanyDocument, actor: Actor) -> None:
    with services.tools.changing(actor) as change:
        before = require_company(change.connection, id)
        change.connection.execute(update(companies).where(companies.c.id == id).values(name=document.name))
        change.record("lokario.company.change", "company", id, {"name": before.name}, {"name": document.name})


def remove_company(services: Any, id: UUID, actor: Actor) -> None:
    """Forget a company that has nothing any more."""
    with services.tools.changing(actor) as change:
        before = require_company(change.connection, id)
        for table, what in ((integrations, "integrations"), (invoices, "invoices")):
            query = select(func.count()).select_from(table).where(table.c.company_id == id)
            if count := change.connection.scalar(query):
                raise Conflict(f"The company has {count} {what}; delete those first")
        change.connection.execute(delete(billing_settings).where(billing_settings.c.company_id == id))
        change.connection.execute(delete(companies).where(companies.c.id == id))
        change.record("lokario.company.delete", "company", id, {"name": before.name})


def add_integration(services: Any, document: IntegrationDocument, actor: Actor) -> UUID:
    id = uuid4()
    plain = {name: getattr(document, name) for name in _PLAIN}
    plain |= {"tls": document.tls.value, "port": document.port or _PORTS[document.tls]}
    with services.tools.changing(actor) as change:
        named_company(change.connection, document.company_id)
        change.connection.execute(
            insert(integrations).values(
                id=id,
                company_id=document.company_id,
                password=services.sealing.seal(document.password),
                generation=1,
                last_uid=0,
                failures_in_row=0,
                created_at=change.now,
                **plain,
            )
        )
        change.record("lokario.integration.create", "integration", id, after=plain)
    return id


def change_integration(services: Any, id: UUID, document: IntegrationChanges, actor: Actor) -> None:
    """Change what was given. A mailbox elsewhere is read from its start; what is here already is known again."""
    given = without_nulls(document.given())
    password = given.pop("password", MASK)
    if "tls" in given:
        given["tls"] = given["tls"].value
    with services.tools.changing(actor) as change:
        before = require_integration(change.connection, id)
        values = dict(given)
        if password != MASK:
            values["password"] = services.sealing.seal(password)
        if any(name in given and given[name] != getattr(before, name) for name in _WHERE):
            values |= {"generation": before.position.generation + 1, "uid_validity": None, "last_uid": 0}
        if values:
            change.connection.execute(update(integrations).where(integrations.c.id == id).values(values))
        told = {**given, **({"password": MASK} if password != MASK else {})}
        was = {name: getattr(before, name) for name in given}
        change.record("lokario.integration.change", "integration", id, was, told)


def remove_integration(services: Any, id: UUID, actor: Actor) -> None:
    """Forget a mailbox, with all that it has brought."""
    with services.tools.changing(actor) as change:
        before = require_integration(change.connection, id)
        gone = stored.remove(change.connection, id)
        change.record("lokario.integration.delete", "integration", id, {"name": before.name, "messages": gone})


def require_integration(connection: Connection, id: UUID) -> stored.Integration:
    found = stored.get(connection, id)
    if found is None:
        raise NotFound("There is no such integration")
    return found
