"""Named secrets."""

from alembic import op
from sqlalchemy import Column, String, Text

from orario.store.columns import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "secrets",
        Column("name", String, primary_key=True),
        Column("sealed", Text, nullable=False),
        Column("description", Text),
        Column("created_at", Moment, nullable=False),
        Column("created_by", String),
        Column("updated_at", Moment, nullable=False),
        Column("updated_by", String),
        Column("last_used_at", Moment),
    )
