"""Room beside each cursor, on PostgreSQL: what a firing counts there can be written on the same page."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE cursors SET (fillfactor = 50)")
