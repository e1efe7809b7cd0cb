"""The tables of the app: channels, rules, what is wrong at present, and every notice."""

from sqlalchemy import JSON, Column, Index, Integer, MetaData, String, Table, Text, Uuid

from orario import Moment

metadata = MetaData()

channels = Table(
    "notify_channels",
    metadata,
    Column("name", String, primary_key=True),
    Column("options", JSON, nullable=False, info={"sealed": True}),  # addresses and keys inside are encrypted
    Column("updated_at", Moment, nullable=False),
    Column("updated_by", String),
)

rules = Table(
    "notify_rules",
    metadata,
    Column("name", String, primary_key=True),
    Column("options", JSON, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("updated_by", String),
)

# What goes on: a job that fails, or is turned away. Gone when it is over.
troubles = Table(
    "notify_troubles",
    metadata,
    Column("subject", Uuid, primary_key=True),  # a job
    Column("kind", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    Column("told_at", Integer),  # the count at which somebody was told last
    Column("channels", JSON, nullable=False),
)

notices = Table(
    "notify_notices",
    metadata,
    Column("id", Uuid, primary_key=True),  # the key that every repeat carries
    Column("at", Moment, nullable=False),
    Column("channel", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("status", String, nullable=False),
    Column("why", Text),  # why it is held, suppressed or failed
    Column("subject", Text, nullable=False),
    Column("job", String),
    Column("app", String),
    Column("execution_id", Uuid),  # what it tells of
    Column("facts", JSON, nullable=False),
    Column("release_at", Moment),
    Column("delivery_id", Uuid),  # the execution that sends it
    Column("digest_id", Uuid),  # the notice that it went out with
    Column("sent_at", Moment),
    Column("counted_at", Moment),  # against the channel's cap
)
_held = notices.c.status == "held"
Index("ix_notify_notices_at", notices.c.at)
Index("ix_notify_notices_counted", notices.c.channel, notices.c.counted_at)
Index("ix_notify_notices_delivery", notices.c.delivery_id)
Index("ix_notify_notices_execution", notices.c.execution_id)
Index("ix_notify_notices_held", notices.c.release_at, sqlite_where=_held, postgresql_where=_held)

health = Table(
    "notify_health",
    metadata,
    Column("channel", String, primary_key=True),
    Column("sent_at", Moment),
    Column("failed_at", Moment),
    Column("failures_in_row", Integer, nullable=False),
    Column("error", Text),
)
