"""Tokens and audit rows, as the API shows them."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from orario.api.schemas.base import Moment, Paging, Shape, in_utc
from orario.service.fields import Document, Name
from orario.service.people import AuditRow, Role, TokenView


class TokenDocument(Document):
    """A new token."""

    name: Name = Field(description="Whose it is, or what for.", examples=["ci"])
    role: Role
    expires_at: Annotated[AwareDatetime, AfterValidator(in_utc)] | None = Field(
        None, description="Good for ever unless given."
    )


class TokenOut(Shape):
    """What may be known of a token."""

    id: UUID
    name: str
    role: Role
    created_at: Moment
    created_by: str | None
    expires_at: Moment | None
    last_used_at: Moment | None
    revoked_at: Moment | None

    @classmethod
    def of(cls, one: TokenView) -> Self:
        return cls(
            id=one.id,
            name=one.name,
            role=Role(one.role),
            created_at=one.created_at,
            created_by=one.created_by,
            expires_at=one.expires_at,
            last_used_at=one.last_used_at,
            revoked_at=one.revoked_at,
        )


class TokenCreated(TokenOut):
    """A new token, shown this once."""

    token: str = Field(examples=["orario_…"])


class TokenList(Shape):
    """Tokens, the newest first."""

    tokens: list[TokenOut]
    total: int


class AuditOut(Shape):
    """One change."""

    id: int
    at: Moment
    actor: str | None
    action: str = Field(examples=["job.change"])
    subject: str = Field(examples=["job"])
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @classmethod
    def of(cls, one: AuditRow) -> Self:
        return cls(
            id=one.id,
            at=one.at,
            actor=one.actor,
            action=one.action,
            subject=one.subject,
            subject_id=one.subject_id,
            before=None if one.before is None else dict(one.before),
            after=None if one.after is None else dict(one.after),
        )


class _AuditRows(Shape):
    audit: list[AuditOut]
    total: int


class AuditList(Paging, _AuditRows):
    """Changes, the newest first."""
