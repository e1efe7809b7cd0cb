"""What people at Lokario do: add companies, mailboxes and invoices, and look what came of them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update

from orario import Execution
from orario.apps.lokario import tables
from orario.apps.lokario.billing import managing as billing
from orario.apps.lokario.billing.schemas import BillingDocument, InvoiceChanges, InvoiceDocument
from orario.apps.lokario.inbox import managing as inbox
from orario.apps.lokario.inbox.schemas import CompanyDocument, IntegrationChanges, IntegrationDocument
from orario.apps.lokario.words import FOLLOWUPS_JOB, SYNC_JOB
from orario.testing import TESTER, Harness
from tests.servers.dovecot import PASSWORD, Dovecot


@dataclass
class Office:
    """Works on the services, as the API does."""

    harness: Harness

    @property
    def services(self) -> Any:
        return self.harness.services

    def company(self, name: str = "Boulangerie Martin", *, is_automatic: bool = True, **billed: Any) -> UUID:
        id = inbox.add_company(self.services, CompanyDocument(name=name), TESTER)
        document = BillingDocument.model_validate({"isAutomatic": is_automatic, **billed})
        billing.put_settings(self.services, id, document, TESTER)
        return id

    def mailbox(self, company: UUID, server: Dovecot, user: str, **fields: Any) -> UUID:
        sent = {
            "companyId": company,
            "name": user,
            "host": server.host,
            "port": server.port,
            "tls": "none",
            "username": user,
            "password": PASSWORD.format(user),
            **fields,
        }
        return inbox.add_integration(self.services, IntegrationDocument.model_validate(sent), TESTER)

    def change_mailbox(self, id: UUID, **fields: Any) -> None:
        inbox.change_integration(self.services, id, IntegrationChanges.model_validate(fields), TESTER)

    def invoice(self, company: UUID, number: str = "F-1", **fields: Any) -> UUID:
        sent = {
            "companyId": company,
            "number": number,
            "customerName": "Hôtel du Parc",
            "customerEmail": "compta@parc.example",
            "amount": "1234.50",
            "issuedOn": "2023-12-01",
            "dueOn": "2024-01-01",
            **fields,
        }
        return billing.add_invoice(self.services, InvoiceDocument.model_validate(sent), TESTER)

    def change_invoice(self, id: UUID, **fields: Any) -> None:
        billing.change_invoice(self.services, id, InvoiceChanges.model_validate(fields), TESTER)

    def sync(self) -> Execution:
        return self.harness.trigger(SYNC_JOB)

    def remind(self) -> Execution:
        return self.harness.trigger(FOLLOWUPS_JOB)

    def said(self, execution: Execution) -> str:
        return "\n".join(line.message for line in self.services.executions.logs(execution.id))

    def rows(self, query: Select[Any]) -> list[Any]:
        with self.services.database.reading() as connection:
            return list(connection.execute(query))

    def change(self, table: Any, id: UUID, **values: Any) -> None:
        with self.services.database.writing() as connection:
            connection.execute(update(table).where(table.c.id == id).values(**values))

    def subjects(self, integration: UUID | None = None) -> Counter[str]:
        """What is here, and how often."""
        row = tables.messages.c
        query = select(row.subject)
        return Counter(
            subject
            for (subject,) in self.rows(
                query if integration is None else query.where(row.integration_id == integration)
            )
        )

    def integration(self, id: UUID) -> Any:
        [row] = self.rows(select(tables.integrations).where(tables.integrations.c.id == id))
        return row
