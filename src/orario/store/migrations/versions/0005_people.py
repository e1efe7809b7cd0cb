"""People who sign in: users, links that let one in once, sessions."""

from alembic import op
from sqlalchemy import Column, String, Text, Uuid

from orario.store.columns import Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "users",
        Column("id", Uuid, primary_key=True),
        Column("name", String, nullable=False, unique=True),
        Column("role", String, nullable=False),
        Column("password", Text),
        Column("subject", String, unique=True),
        Column("timezone", String),
        Column("created_at", Moment, nullable=False),
        Column("created_by", String),
        Column("signed_in_at", Moment),
        Column("looked_at", Moment),
        Column("blocked_at", Moment),
    )
    op.create_table(
        "links",
        Column("digest", String, primary_key=True),
        Column("user_id", Uuid, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("expires_at", Moment, nullable=False),
    )
    op.create_table(
        "sessions",
        Column("digest", String, primary_key=True),
        Column("id", Uuid, nullable=False, unique=True),
        Column("user_id", Uuid, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("seen_at", Moment, nullable=False),
        Column("expires_at", Moment, nullable=False),
        Column("address", String),
        Column("browser", String),
    )
    op.create_index("ix_sessions_user", "sessions", ["user_id"])
