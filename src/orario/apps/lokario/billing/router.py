"""The API of billing settings, invoices and their reminders."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query

from orario.apps.lokario.billing import managing, showing
from orario.apps.lokario.billing.schemas import (
    BillingDocument,
    BillingOut,
    InvoiceChanges,
    InvoiceDocument,
    InvoiceList,
    InvoiceOut,
    Preview,
)
from orario.apps.lokario.desk import desk
from orario.apps.lokario.inbox.managing import require_company
from orario.web import Caller, Role, Router, Services, require

router = Router(tags=["lokario"])

_VIEWER = [require(Role.VIEWER)]
_ADMIN = [require(Role.ADMIN)]
Company = Annotated[UUID | None, Query(description="Of this company only.")]
Page = Annotated[int, Query(ge=1, le=1_000_000)]
PerPage = Annotated[int, Query(alias="perPage", ge=1, le=200)]


@router.get("/api/billing/settings/{company}", dependencies=_VIEWER)
def get_billing_settings(company: UUID, services: Services) -> BillingOut:
    """Read how a company's customers are reminded."""
    with services.database.reading() as connection:
        require_company(connection, company)
        return showing.settings_of(connection, company)


@router.put("/api/billing/settings/{company}", dependencies=_ADMIN)
def put_billing_settings(company: UUID, document: BillingDocument, services: Services, caller: Caller) -> BillingOut:
    """Set how a company's customers are reminded: automatically or not, and by which steps."""
    managing.put_settings(services, company, document, caller)
    return get_billing_settings(company, services)


@router.get("/api/invoices", dependencies=_VIEWER)
def list_invoices(
    services: Services,
    company: Company = None,
    is_paid: Annotated[bool | None, Query(alias="isPaid", description="Only those that are, or are not.")] = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> InvoiceList:
    """List invoices, with what their customers were sent."""
    with services.database.reading() as connection:
        return showing.find(
            connection, desk.settings, _today(services), page, per_page, company=company, is_paid=is_paid
        )


@router.post("/api/invoices", dependencies=_ADMIN, status_code=201)
def create_invoice(document: InvoiceDocument, services: Services, caller: Caller) -> InvoiceOut:
    """Add an invoice."""
    return get_invoice(managing.add_invoice(services, document, caller), services)


@router.get("/api/invoices/{id}", dependencies=_VIEWER)
def get_invoice(id: UUID, services: Services) -> InvoiceOut:
    """Read an invoice, with what its customer was sent."""
    with services.database.reading() as connection:
        return showing.get(connection, desk.settings, _today(services), id)


@router.patch("/api/invoices/{id}", dependencies=_ADMIN)
def change_invoice(id: UUID, document: InvoiceChanges, services: Services, caller: Caller) -> InvoiceOut:
    """Change an invoice: that it is paid ends its reminders; `autoEnabled` switches them off and on."""
    managing.change_invoice(services, id, document, caller)
    return get_invoice(id, services)


@router.get("/api/followups/preview", dependencies=_VIEWER)
def preview_followups(services: Services, company: Company = None) -> Preview:
    """Show what would be sent today; nothing is sent."""
    with services.database.reading() as connection:
        return showing.preview(connection, desk.settings, _today(services), company)


def _today(services: Services) -> date:
    return desk.today(services.tools.clock.now())
