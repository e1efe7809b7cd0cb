"""The API of companies, their mailboxes and what came in."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import Connection, select

from orario.apps.lokario.desk import desk
from orario.apps.lokario.inbox import integrations, managing, reading
from orario.apps.lokario.inbox.imap import InboxFailed, opened
from orario.apps.lokario.inbox.integrations import Integration
from orario.apps.lokario.inbox.running import address_of
from orario.apps.lokario.inbox.schemas import (
    CompanyDocument,
    CompanyList,
    CompanyOut,
    IntegrationChanges,
    IntegrationDocument,
    IntegrationList,
    IntegrationOut,
    MessageDetail,
    MessageList,
    TestOut,
)
from orario.apps.lokario.tables import companies
from orario.web import Caller, Role, Router, Services, require

router = Router(tags=["lokario"])

_VIEWER = [require(Role.VIEWER)]
_OPERATOR = [require(Role.OPERATOR)]
_ADMIN = [require(Role.ADMIN)]
Company = Annotated[UUID | None, Query(description="Of this company only.")]
Search = Annotated[
    str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="In subject or sender.")
]
Page = Annotated[int, Query(ge=1, le=1_000_000)]
PerPage = Annotated[int, Query(alias="perPage", ge=1, le=200)]


@router.get("/api/companies", dependencies=_VIEWER)
def list_companies(services: Services) -> CompanyList:
    """List the companies."""
    with services.database.reading() as connection:
        rows = connection.execute(select(companies).order_by(companies.c.name, companies.c.id))
        return CompanyList(companies=[CompanyOut(**row._mapping) for row in rows])


@router.post("/api/companies", dependencies=_ADMIN, status_code=201)
def create_company(document: CompanyDocument, services: Services, caller: Caller) -> CompanyOut:
    """Add a company."""
    return _company(services, managing.add_company(services, document, caller))


@router.patch("/api/companies/{id}", dependencies=_ADMIN)
def rename_company(id: UUID, document: CompanyDocument, services: Services, caller: Caller) -> CompanyOut:
    """Rename a company."""
    managing.rename_company(services, id, document, caller)
    return _company(services, id)


@router.delete("/api/companies/{id}", dependencies=_ADMIN, status_code=204)
def delete_company(id: UUID, services: Services, caller: Caller) -> None:
    """Delete a company that has neither mailboxes nor invoices."""
    managing.remove_company(services, id, caller)


def _company(services: Services, id: UUID) -> CompanyOut:
    with services.database.reading() as connection:
        return CompanyOut(**managing.require_company(connection, id)._mapping)


@router.get("/api/inbox/integrations", dependencies=_VIEWER)
def list_integrations(services: Services, company: Company = None) -> IntegrationList:
    """List the mailboxes, and how reading them went."""
    with services.database.reading() as connection:
        found = integrations.find(connection, company=company)
        return IntegrationList(integrations=_shown(connection, found))


@router.post("/api/inbox/integrations", dependencies=_ADMIN, status_code=201)
def create_integration(document: IntegrationDocument, services: Services, caller: Caller) -> IntegrationOut:
    """Add a mailbox; its password is kept encrypted."""
    return get_integration(managing.add_integration(services, document, caller), services)


@router.get("/api/inbox/integrations/{id}", dependencies=_VIEWER)
def get_integration(id: UUID, services: Services) -> IntegrationOut:
    """Read one mailbox's settings, and how it goes."""
    with services.database.reading() as connection:
        return _shown(connection, [managing.require_integration(connection, id)])[0]


@router.patch("/api/inbox/integrations/{id}", dependencies=_ADMIN)
def change_integration(id: UUID, document: IntegrationChanges, services: Services, caller: Caller) -> IntegrationOut:
    """Change a mailbox's settings. Elsewhere, it is read from its start."""
    managing.change_integration(services, id, document, caller)
    return get_integration(id, services)


@router.delete("/api/inbox/integrations/{id}", dependencies=_ADMIN, status_code=204)
def delete_integration(id: UUID, services: Services, caller: Caller) -> None:
    """Delete a mailbox's settings and all that it has brought here; the mailbox itself stays as it is."""
    managing.remove_integration(services, id, caller)


@router.post("/api/inbox/integrations/{id}/test", dependencies=_OPERATOR)
def test_integration(id: UUID, services: Services) -> TestOut:
    """Log in, open the folder, and say whether that works; nothing is fetched."""
    with services.database.reading() as connection:
        found = managing.require_integration(connection, id)
    try:
        with opened(address_of(found, services), desk.settings.imap_timeout_seconds) as line:
            return TestOut(is_working=True, messages=line.folder.count, error=None)
    except InboxFailed as error:
        return TestOut(is_working=False, messages=None, error=error.message)


@router.get("/api/inbox/messages", dependencies=_VIEWER)
def list_messages(
    services: Services,
    company: Company = None,
    integration: Annotated[UUID | None, Query(description="Of this mailbox only.")] = None,
    search: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="In subject or sender.")
    ] = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> MessageList:
    """List what came in, the newest first."""
    with services.database.reading() as connection:
        return reading.find(connection, page, per_page, company=company, integration=integration, search=search)


@router.get("/api/inbox/messages/{id}", dependencies=_VIEWER)
def get_message(id: UUID, services: Services) -> MessageDetail:
    """Read a message, and what is known of its attachments."""
    with services.database.reading() as connection:
        return reading.get(connection, id)


def _shown(connection: Connection, found: list[Integration]) -> list[IntegrationOut]:
    counts = integrations.count_messages(connection, [one.id for one in found])
    return [
        IntegrationOut(
            **{name: value for name, value in asdict(one).items() if name not in ("password", "position")},
            uid_validity=one.position.uid_validity,
            last_uid=one.position.last_uid,
            messages=counts.get(one.id, 0),
        )
        for one in found
    ]
