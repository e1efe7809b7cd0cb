"""What was handed over to Celery and has not started yet."""

from alembic import op
from sqlalchemy import Boolean, Column, Uuid, false

from orario.store.columns import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "handovers",
        Column("token", Uuid, primary_key=True),
        Column("execution_id", Uuid, nullable=False),
        Column("sent_at", Moment),
        Column("is_entrusted", Boolean, nullable=False, server_default=false()),
    )
