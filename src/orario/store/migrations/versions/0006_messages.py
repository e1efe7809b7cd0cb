"""Which message names an attempt that was handed over to Celery: one may name several."""

from alembic import op
from sqlalchemy import Column, Uuid

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("handovers", Column("message", Uuid))
    op.execute("UPDATE handovers SET message = token WHERE sent_at IS NOT NULL")
