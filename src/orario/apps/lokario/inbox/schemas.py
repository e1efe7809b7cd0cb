"""The shapes of companies, their mailboxes and what came in."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt

from orario.apps.lokario.schemas import Document, Moment, OneLine, Shape
from orario.apps.lokario.words import TlsMode

Port = Annotated[StrictInt, Field(ge=1, le=65_535)]
Password = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]


class CompanyDocument(Document):
    """A company."""

    name: OneLine


class CompanyOut(Shape):
    """A company."""

    id: UUID
    name: str
    created_at: Moment


class CompanyList(Shape):
    """All companies, by name."""

    companies: list[CompanyOut]


class IntegrationDocument(Document):
    """A mailbox to read."""

    company_id: UUID
    name: OneLine
    host: OneLine = Field(examples=["imap.example.com"])
    port: Port | None = Field(None, description="993 with TLS, else 143.")
    tls: TlsMode = Field(TlsMode.TLS, description="`tls` from the first byte, `starttls`, or `none`.")
    verify_tls: StrictBool = Field(True, description="Whether the server's certificate must be a good one.")
    username: OneLine
    password: Password = Field(
        repr=False, description="Kept encrypted; shown to nobody.", json_schema_extra={"writeOnly": True}
    )
    folder: OneLine = "INBOX"
    is_active: StrictBool = True


class IntegrationChanges(Document):
    """What of a mailbox is to be other; without a password, the stored one stays."""

    name: OneLine | None = None
    host: OneLine | None = None
    port: Port | None = None
    tls: TlsMode | None = None
    verify_tls: StrictBool | None = None
    username: OneLine | None = None
    password: Password | None = Field(None, repr=False, json_schema_extra={"writeOnly": True})
    folder: OneLine | None = None
    is_active: StrictBool | None = None


class IntegrationOut(Shape):
    """A mailbox, and how reading it went."""

    id: UUID
    company_id: UUID
    company: str
    name: str
    host: str
    port: int
    tls: TlsMode
    verify_tls: bool
    username: str
    password: str = Field("********", description="Always masked.")
    folder: str
    is_active: bool
    uid_validity: int | None
    last_uid: int
    messages: int = Field(description="How many it has brought.")
    synced_at: Moment | None = Field(description="When it was read without trouble last.")
    failed_at: Moment | None
    failures_in_row: int
    error: str | None = Field(description="What went wrong last; null when it works.")
    created_at: Moment


class IntegrationList(Shape):
    """The mailboxes, by company and name."""

    integrations: list[IntegrationOut]


class TestOut(Shape):
    """Whether a mailbox can be read."""

    is_working: bool
    messages: int | None = Field(description="How many are in the folder.")
    error: str | None


class Person(Shape):
    """A recipient."""

    kind: str = Field(description="`to` or `cc`.")
    name: str
    address: str


class AttachmentOut(Shape):
    """What is known of an attachment."""

    filename: str
    content_type: str
    size: int | None = Field(description="Bytes, decoded.")
    content_id: str | None
    is_inline: bool


class MessageOut(Shape):
    """A message."""

    id: UUID
    integration_id: UUID
    uid: int
    message_id: str | None
    subject: str
    sender: str
    sender_name: str
    sent_at: Moment | None = Field(description="As it says itself.")
    received_at: Moment | None = Field(description="As the server says.")
    size: int
    attachment_count: int
    problem: str | None = Field(description="What of it could not be read as it should.")
    synced_at: Moment


class MessageDetail(MessageOut):
    """A message with its words and what came with it."""

    recipients: list[Person]
    text: str
    attachments: list[AttachmentOut]


class MessageList(Shape):
    """Messages, the newest first."""

    messages: list[MessageOut]
    total: int
    page: int
    per_page: int
