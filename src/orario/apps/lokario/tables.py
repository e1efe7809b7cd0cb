"""The tables of the app: companies, their mailboxes and what came in, their invoices and what was sent about them."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Index, Integer, MetaData, String, Table, Text, Uuid

from orario import Moment

metadata = MetaData()

companies = Table(
    "lokario_companies",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String, nullable=False),
    Column("created_at", Moment, nullable=False),
)

integrations = Table(
    "lokario_integrations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("host", String, nullable=False),
    Column("port", Integer, nullable=False),
    Column("tls", String, nullable=False),  # "tls", "starttls" or "none"
    Column("verify_tls", Boolean, nullable=False),
    Column("username", String, nullable=False),
    Column("password", Text, nullable=False, info={"sealed": "text"}),  # encrypted
    Column("folder", String, nullable=False),
    Column("is_active", Boolean, nullable=False),
    # How far the folder is known. A generation ends when the server gives all messages new UIDs.
    Column("generation", Integer, nullable=False),
    Column("uid_validity", BigInteger),
    Column("last_uid", BigInteger, nullable=False),
    Column("synced_at", Moment),
    Column("failed_at", Moment),
    Column("failures_in_row", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
)
Index("ix_lokario_integrations_company", integrations.c.company_id)

messages = Table(
    "lokario_messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("integration_id", Uuid, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of its bytes: by it a message is known under a new UID
    Column("message_id", Text),
    Column("subject", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("sender_name", Text, nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("sent_at", Moment),  # as its own header says, if that makes sense
    Column("received_at", Moment),  # as the server says
    Column("size", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("attachment_count", Integer, nullable=False),
    Column("problem", Text),  # what of it could not be read as it should
    Column("synced_at", Moment, nullable=False),
)
Index("ix_lokario_messages_uid", messages.c.integration_id, messages.c.generation, messages.c.uid, unique=True)
Index("ix_lokario_messages_fingerprint", messages.c.integration_id, messages.c.fingerprint)
Index("ix_lokario_messages_received", messages.c.received_at)

attachments = Table(
    "lokario_attachments",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("filename", Text, nullable=False),
    Column("content_type", String, nullable=False),
    Column("size", BigInteger),
    Column("content_id", Text),
    Column("is_inline", Boolean, nullable=False),
)

billing_settings = Table(
    "lokario_billing_settings",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("is_automatic", Boolean, nullable=False),
    Column("sender", String),  # else the setting's
    Column("reply_to", String),
    Column("steps", JSON, nullable=False),  # [{"delayDays": 7, "subject": ..., "text": ...}, ...]
    Column("updated_at", Moment, nullable=False),
)

invoices = Table(
    "lokario_invoices",
    metadata,
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
_unpaid = invoices.c.paid_on.is_(None)
Index("ix_lokario_invoices_number", invoices.c.company_id, invoices.c.number, unique=True)
Index("ix_lokario_invoices_unpaid", invoices.c.due_on, sqlite_where=_unpaid, postgresql_where=_unpaid)

# One for each invoice: whether its customer is reminded by itself.
followups = Table(
    "lokario_followups",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("invoice_id", Uuid, nullable=False, unique=True),
    Column("auto_enabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

# One for each step that was begun; that it is there once is what keeps a step from being sent twice.
reminders = Table(
    "lokario_reminders",
    metadata,
    Column("followup_id", Uuid, primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("status", String, nullable=False),  # "sending", "sent", "waiting" to be tried again, or "refused"
    Column("run_id", Uuid, nullable=False),  # the execution that began it last
    Column("message_id", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("error", Text),
)
