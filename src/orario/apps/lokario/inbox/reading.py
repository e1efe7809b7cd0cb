"""Reads what came in: lists of messages, and one with its attachments."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, or_, select

from orario import NotFound
from orario.apps.lokario.inbox.schemas import AttachmentOut, MessageDetail, MessageList, MessageOut, Person
from orario.apps.lokario.tables import attachments, integrations, messages

_LISTED = [column for column in messages.c if column.name not in ("recipients", "text", "generation", "fingerprint")]


def find(
    connection: Connection,
    page: int,
    per_page: int,
    *,
    company: UUID | None = None,
    integration: UUID | None = None,
    search: str | None = None,
) -> MessageList:
    """A page of messages, the newest first; `search` stands in subject or sender, whatever the case."""
    row, meant = messages.c, []
    if integration is not None:
        meant.append(row.integration_id == integration)
    if company is not None:
        mine = select(integrations.c.id).where(integrations.c.company_id == company)
        meant.append(row.integration_id.in_(mine))
    if search:
        meant.append(or_(*(one.icontains(search, autoescape=True) for one in (row.subject, row.sender))))
    newest = (row.received_at.desc(), row.uid.desc(), row.id)
    query = select(*_LISTED).where(*meant).order_by(*newest).limit(per_page).offset((page - 1) * per_page)
    total = connection.scalar(select(func.count()).select_from(messages).where(*meant)) or 0
    found = [MessageOut(**row._mapping) for row in connection.execute(query)]
    return MessageList(messages=found, total=total, page=page, per_page=per_page)


def get(connection: Connection, id: UUID) -> MessageDetail:
    """One message."""
    found = connection.execute(select(messages).where(messages.c.id == id)).one_or_none()
    if found is None:
        raise NotFound("There is no such message")
    fields: dict[str, Any] = {**found._mapping, "recipients": [Person(**one) for one in found.recipients]}
    return MessageDetail(**fields, attachments=_attachments(connection, id))


def _attachments(connection: Connection, id: UUID) -> list[AttachmentOut]:
    query = select(attachments).where(attachments.c.message_id == id).order_by(attachments.c.position)
    return [
        AttachmentOut(
            filename=row.filename,
            content_type=row.content_type,
            size=row.size,
            content_id=row.content_id,
            is_inline=row.is_inline,
        )
        for row in connection.execute(query)
    ]
