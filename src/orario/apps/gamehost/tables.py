"""The tables of the app: users, game servers, the e-mail queue, and the game versions that were seen."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from orario import Moment

metadata = MetaData()

users = Table(
    "gamehost_users",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False),
)

servers = Table(
    "gamehost_servers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(64), ForeignKey("gamehost_users.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("status", String(40), nullable=False, server_default=text("'ACTIVE'")),
    Column("expires_at", Moment, nullable=False),
    Column("pt_admin_id", Integer),  # the id at the panel
    Column("suspending_at", Moment),  # the panel was asked, and what came of it is not known yet
    Column("suspended_at", Moment),
)
Index("ix_gamehost_servers_expiry", servers.c.status, servers.c.expires_at)
Index("ix_gamehost_servers_user", servers.c.user_id)

emails = Table(
    "gamehost_emails",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("to_address", String(320), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text),
    Column("kind", String(40), nullable=False, server_default=text("'OTHER'")),
    # A warning is written at most once per server, kind and date; whatever has no server or date may repeat.
    Column("game_server_id", String(64)),
    Column("about", Moment),
    Column("user_id", String(64)),
    Column("status", String(20), nullable=False, server_default=text("'PENDING'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", Moment),  # null: at once
    Column("last_error", Text),
    Column("message_id", String(400)),  # the same for every attempt
    Column("claimed_by", String(60)),  # the attempt of a run that sends it
    Column("created_at", Moment),
    Column("sent_at", Moment),
    UniqueConstraint("game_server_id", "kind", "about", name="uq_gamehost_emails_warning"),
)
Index("ix_gamehost_emails_status", emails.c.status, emails.c.id)

versions = Table(
    "gamehost_versions",
    metadata,
    Column("game", String(100), primary_key=True),
    Column("version", String(100), primary_key=True),
    Column("seen_at", Moment, nullable=False),
)
