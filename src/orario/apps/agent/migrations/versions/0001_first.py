"""Sessions, messages, credentials, reservations, logs, mails and alerts."""

from typing import Any

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, String, Text, Uuid, false, text

revision, down_revision = "0001", None

_Id = BigInteger().with_variant(Integer, "sqlite")
_Moment = BigInteger


def upgrade() -> None:
    _sessions()
    _messages()
    _credentials()
    _reservations()
    _logs()
    _mails()


def _sessions() -> None:
    op.create_table(
        "agent_sessions",
        Column("id", _Id, primary_key=True),
        Column("customer", String, nullable=False),
        Column("channel", String, nullable=False, server_default="web"),
        Column("status", String, nullable=False, server_default="open"),
        Column("error", Text),
        Column("started_at", _Moment, nullable=False),
        Column("last_activity_at", _Moment, nullable=False),
        Column("resolved_at", _Moment),
        Column("told", String),
    )
    op.create_index("ix_agent_sessions_activity", "agent_sessions", ["status", "last_activity_at"])
    op.create_index("ix_agent_sessions_resolved", "agent_sessions", ["status", "resolved_at"])
    op.create_index("ix_agent_sessions_last", "agent_sessions", ["last_activity_at"])
    op.create_index("ix_agent_sessions_started", "agent_sessions", ["started_at"])
    op.create_index("ix_agent_sessions_told", "agent_sessions", ["status", "told"])


def _messages() -> None:
    op.create_table(
        "agent_messages",
        Column("id", _Id, primary_key=True),
        Column("session_id", BigInteger, nullable=False),
        Column("sender", String, nullable=False, server_default="customer"),
        Column("body", Text, nullable=False),
        Column("status", String, nullable=False, server_default="queued"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("created_at", _Moment, nullable=False),
        Column("taken_at", _Moment),
        Column("taken_by", String),
        Column("processed_at", _Moment),
        Column("error", Text),
    )
    op.create_index("ix_agent_messages_created", "agent_messages", ["created_at"])
    op.create_index("ix_agent_messages_session", "agent_messages", ["session_id"])
    op.create_index("ix_agent_messages_queued", "agent_messages", ["id"], **_where("status = 'queued'"))
    op.create_index("ix_agent_messages_taken", "agent_messages", ["taken_at"], **_where("status = 'processing'"))


def _credentials() -> None:
    op.create_table(
        "agent_credentials",
        Column("id", _Id, primary_key=True),
        Column("name", String, nullable=False, unique=True),
        Column("provider", String, nullable=False),
        Column("secret", Text, nullable=False),
        Column("check_url", Text),
        Column("header", String, nullable=False, server_default="Authorization"),
        Column("expires_at", _Moment),
        Column("is_valid", Boolean),
        Column("checked_at", _Moment),
        Column("error", Text),
        Column("is_synced", Boolean, nullable=False, server_default=false()),
        Column("created_at", _Moment, nullable=False),
        Column("updated_at", _Moment, nullable=False),
    )
    op.create_index("ix_agent_credentials_expires", "agent_credentials", ["expires_at"])


def _reservations() -> None:
    op.create_table(
        "agent_reservations",
        Column("id", _Id, primary_key=True),
        Column("customer", String, nullable=False),
        Column("email", String, nullable=False),
        Column("place", String, nullable=False),
        Column("party", Integer, nullable=False, server_default="1"),
        Column("starts_at", _Moment, nullable=False),
        Column("timezone", String),
        Column("status", String, nullable=False, server_default="confirmed"),
        Column("created_at", _Moment, nullable=False),
    )
    op.create_index("ix_agent_reservations_starts", "agent_reservations", ["starts_at"])
    op.create_index("ix_agent_reservations_created", "agent_reservations", ["created_at"])


def _logs() -> None:
    op.create_table(
        "agent_logs",
        Column("id", _Id, primary_key=True),
        Column("at", _Moment, nullable=False),
        Column("level", String, nullable=False),
        Column("source", String, nullable=False),
        Column("message", Text, nullable=False),
        Column("details", JSON),
    )
    op.create_index("ix_agent_logs_at", "agent_logs", ["at"])


def _mails() -> None:
    op.create_table(
        "agent_mails",
        Column("id", Uuid, primary_key=True),
        Column("key", String, nullable=False, unique=True),
        Column("kind", String, nullable=False),
        Column("recipient", String, nullable=False),
        Column("message_id", String, nullable=False),
        Column("subject", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("html", Text),
        Column("attachments", JSON, nullable=False),
        Column("status", String, nullable=False, server_default="waiting"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("created_at", _Moment, nullable=False),
        Column("expires_at", _Moment, nullable=False),
        Column("sent_at", _Moment),
        Column("error", Text),
    )
    op.create_index("ix_agent_mails_waiting", "agent_mails", ["kind"], **_where("status = 'waiting'"))
    op.create_index("ix_agent_mails_created", "agent_mails", ["created_at"])
    op.create_table(
        "agent_alerts", Column("kind", String, primary_key=True), Column("since", _Moment, nullable=False)
    )


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
