"""What was handed over to Celery and has not started yet."""

from alembic import op
from sqlalchemy import Column, Uuid

from orario.store.columns import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "handovers",
        Column("execution_id", Uuid, primary_key=True),
        Column("token", Uuid, nullable=False),
        Column("sent_at", Moment),
    )
