"""The agent's own tables, in Orario's database; moments are microseconds since 1970."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, Uuid, false

from orario import Moment

metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only in an INTEGER key

# Rows of one table name those of another without a foreign key: who writes here may do so in any order, and what is
# deleted goes in small steps, messages before their session.
sessions = Table(
    "agent_sessions",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("customer", String, nullable=False),
    Column("channel", String, nullable=False, server_default="web"),
    Column("status", String, nullable=False, server_default="open"),
    Column("error", Text),
    Column("started_at", Moment, nullable=False),
    Column("last_activity_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("told", String),  # the status that people were told of
)
Index("ix_agent_sessions_activity", sessions.c.status, sessions.c.last_activity_at)
Index("ix_agent_sessions_resolved", sessions.c.status, sessions.c.resolved_at)
Index("ix_agent_sessions_last", sessions.c.last_activity_at)
Index("ix_agent_sessions_started", sessions.c.started_at)
Index("ix_agent_sessions_told", sessions.c.status, sessions.c.told)

messages = Table(
    "agent_messages",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("session_id", BigInteger, nullable=False),
    Column("sender", String, nullable=False, server_default="customer"),
    Column("body", Text, nullable=False),
    Column("status", String, nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("taken_at", Moment),
    Column("taken_by", String),
    Column("processed_at", Moment),
    Column("error", Text),
)
Index("ix_agent_messages_created", messages.c.created_at)
Index("ix_agent_messages_session", messages.c.session_id)
# One for each: SQLite takes a partial index only where the query says the very same.
_queued, _taken = messages.c.status == "queued", messages.c.status == "processing"
Index("ix_agent_messages_queued", messages.c.id, sqlite_where=_queued, postgresql_where=_queued)
Index("ix_agent_messages_taken", messages.c.taken_at, sqlite_where=_taken, postgresql_where=_taken)

credentials = Table(
    "agent_credentials",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("provider", String, nullable=False),
    Column("secret", Text, nullable=False, info={"sealed": "text"}),
    Column("check_url", Text),
    Column("header", String, nullable=False, server_default="Authorization"),
    Column("expires_at", Moment),
    Column("is_valid", Boolean),  # null: nobody has asked yet
    Column("checked_at", Moment),
    Column("error", Text),
    Column("is_synced", Boolean, nullable=False, server_default=false()),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
Index("ix_agent_credentials_expires", credentials.c.expires_at)

reservations = Table(
    "agent_reservations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("customer", String, nullable=False),
    Column("email", String, nullable=False),
    Column("place", String, nullable=False),
    Column("party", Integer, nullable=False, server_default="1"),
    Column("starts_at", Moment, nullable=False),
    Column("timezone", String),  # of the place; null: CRON_TIMEZONE
    Column("status", String, nullable=False, server_default="confirmed"),
    Column("created_at", Moment, nullable=False),
)
Index("ix_agent_reservations_starts", reservations.c.starts_at)
Index("ix_agent_reservations_created", reservations.c.created_at)

logs = Table(
    "agent_logs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("level", String, nullable=False),
    Column("source", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("details", JSON),
)
Index("ix_agent_logs_at", logs.c.at)

mails = Table(
    "agent_mails",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", String, nullable=False, unique=True),  # what it is about: the same is mailed once
    Column("kind", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text),
    Column("attachments", JSON, nullable=False),
    Column("status", String, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("error", Text),
)
_waiting = mails.c.status == "waiting"
Index("ix_agent_mails_waiting", mails.c.kind, sqlite_where=_waiting, postgresql_where=_waiting)
Index("ix_agent_mails_created", mails.c.created_at)

alerts = Table(
    "agent_alerts",
    metadata,
    Column("kind", String, primary_key=True),  # gone when it is over
    Column("since", Moment, nullable=False),
)
