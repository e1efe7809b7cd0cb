"""Users, game servers, the e-mail queue and the versions that were seen."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Text, UniqueConstraint, text

from orario import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "gamehost_users",
        Column("id", String(64), primary_key=True),
        Column("name", String(200), nullable=False),
        Column("email", String(320), nullable=False),
    )
    op.create_table(
        "gamehost_servers",
        Column("id", String(64), primary_key=True),
        Column("user_id", String(64), ForeignKey("gamehost_users.id"), nullable=False),
        Column("name", String(200), nullable=False),
        Column("status", String(40), nullable=False, server_default=text("'ACTIVE'")),
        Column("expires_at", Moment, nullable=False),
        Column("pt_admin_id", Integer),
        Column("suspending_at", Moment),
        Column("suspended_at", Moment),
    )
    op.create_index("ix_gamehost_servers_expiry", "gamehost_servers", ["status", "expires_at"])
    op.create_index("ix_gamehost_servers_user", "gamehost_servers", ["user_id"])
    op.create_table(
        "gamehost_emails",
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("to_address", String(320), nullable=False),
        Column("subject", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("html", Text),
        Column("kind", String(40), nullable=False, server_default=text("'OTHER'")),
        Column("game_server_id", String(64)),
        Column("about", Moment),
        Column("user_id", String(64)),
        Column("status", String(20), nullable=False, server_default=text("'PENDING'")),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("next_attempt_at", Moment),
        Column("last_error", Text),
        Column("message_id", String(400)),
        Column("claimed_by", String(60)),
        Column("created_at", Moment),
        Column("sent_at", Moment),
        UniqueConstraint("game_server_id", "kind", "about", name="uq_gamehost_emails_warning"),
    )
    op.create_index("ix_gamehost_emails_status", "gamehost_emails", ["status", "id"])
    op.create_table(
        "gamehost_versions",
        Column("game", String(100), primary_key=True),
        Column("version", String(100), primary_key=True),
        Column("seen_at", Moment, nullable=False),
    )
