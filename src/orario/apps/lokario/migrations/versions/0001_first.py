"""The first tables."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Integer, String, Text, Uuid, text

from orario import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    _companies()
    _messages()
    _billing()
    _followups()


def _companies() -> None:
    op.create_table(
        "lokario_companies",
        Column("id", Uuid, primary_key=True),
        Column("name", String, nullable=False),
        Column("created_at", Moment, nullable=False),
    )
    op.create_table(
        "lokario_integrations",
        Column("id", Uuid, primary_key=True),
        Column("company_id", Uuid, nullable=False),
        Column("name", String, nullable=False),
        Column("host", String, nullable=False),
        Column("port", Integer, nullable=False),
        Column("tls", String, nullable=False),
        Column("verify_tls", Boolean, nullable=False),
        Column("username", String, nullable=False),
        Column("password", Text, nullable=False),
        Column("folder", String, nullable=False),
        Column("is_active", Boolean, nullable=False),
        Column("generation", Integer, nullable=False),
        Column("uid_validity", BigInteger),
        Column("last_uid", BigInteger, nullable=False),
        Column("synced_at", Moment),
        Column("failed_at", Moment),
        Column("failures_in_row", Integer, nullable=False),
        Column("error", Text),
        Column("created_at", Moment, nullable=False),
    )
    op.create_index("ix_lokario_integrations_company", "lokario_integrations", ["company_id"])


def _messages() -> None:
    op.create_table(
        "lokario_messages",
        Column("id", Uuid, primary_key=True),
        Column("integration_id", Uuid, nullable=False),
        Column("generation", Integer, nullable=False),
        Column("uid", BigInteger, nullable=False),
        Column("fingerprint", String(64), nullable=False),
        Column("message_id", Text),
        Column("subject", Text, nullable=False),
        Column("sender", Text, nullable=False),
        Column("sender_name", Text, nullable=False),
        Column("recipients", JSON, nullable=False),
        Column("sent_at", Moment),
        Column("received_at", Moment),
        Column("size", BigInteger, nullable=False),
        Column("text", Text, nullable=False),
        Column("attachment_count", Integer, nullable=False),
        Column("problem", Text),
        Column("synced_at", Moment, nullable=False),
    )
    op.create_index(
        "ix_lokario_messages_uid", "lokario_messages", ["integration_id", "generation", "uid"], unique=True
    )
    op.create_index("ix_lokario_messages_fingerprint", "lokario_messages", ["integration_id", "fingerprint"])
    op.create_index("ix_lokario_messages_received", "lokario_messages", ["received_at"])
    op.create_table(
        "lokario_attachments",
        Column("message_id", Uuid, primary_key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("filename", Text, nullable=False),
        Column("content_type", String, nullable=False),
        Column("size", BigInteger),
        Column("content_id", Text),
        Column("is_inline", Boolean, nullable=False),
    )


def _billing() -> None:
    op.create_table(
        "lokario_billing_settings",
        Column("company_id", Uuid, primary_key=True),
        Column("is_automatic", Boolean, nullable=False),
        Column("sender", String),
        Column("reply_to", String),
        Column("steps", JSON, nullable=False),
        Column("updated_at", Moment, nullable=False),
    )
    op.create_table(
        "lokario_invoices",
        Column("id", Uuid, primary_key=True),
        Column("company_id", Uuid, nullable=False),
        Column("number", String, nullable=False),
        Column("customer_name", String, nullable=False),
        Column("customer_email", String, nullable=False),
        Column("amount_cents", BigInteger, nullable=False),
        Column("currency", String(3), nullable=False),
        Column("issued_on", Date, nullable=False),
        Column("due_on", Date, nullable=False),
        Column("paid_on", Date),
        Column("created_at", Moment, nullable=False),
    )
    op.create_index("ix_lokario_invoices_number", "lokario_invoices", ["company_id", "number"], unique=True)
    op.create_index(
        "ix_lokario_invoices_unpaid",
        "lokario_invoices",
        ["due_on"],
        sqlite_where=text("paid_on IS NULL"),
        postgresql_where=text("paid_on IS NULL"),
    )


def _followups() -> None:
    op.create_table(
        "lokario_followups",
        Column("id", Uuid, primary_key=True),
        Column("invoice_id", Uuid, nullable=False, unique=True),
        Column("auto_enabled", Boolean, nullable=False),
        Column("created_at", Moment, nullable=False),
    )
    op.create_table(
        "lokario_reminders",
        Column("followup_id", Uuid, primary_key=True),
        Column("step", Integer, primary_key=True, autoincrement=False),
        Column("status", String, nullable=False),
        Column("run_id", Uuid, nullable=False),
        Column("message_id", String, nullable=False),
        Column("recipient", String, nullable=False),
        Column("subject", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("begun_at", Moment, nullable=False),
        Column("sent_at", Moment),
        Column("error", Text),
    )
