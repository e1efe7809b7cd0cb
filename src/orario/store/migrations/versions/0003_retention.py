"""What stays of executions that are forgotten, and which jobs say themselves how much is kept."""

from alembic import op
from sqlalchemy import Boolean, Column, Integer, Uuid, false, text

from orario.store.columns import BigId

revision = "0003"
down_revision = "0002"

_STATES = ("success", "failed", "timeout", "cancelled", "skipped", "missed")
_BUCKETS = tuple(f"{kind}_{at}" for kind in ("took", "late") for at in range(16))
_SUMS = (*_STATES, "attempts", "took", "took_sum", "late", "late_sum", "passed_over", *_BUCKETS)


def upgrade() -> None:
    op.create_table(
        "rollups",
        Column("job_id", Uuid, primary_key=True),
        Column("day", Integer, primary_key=True),
        *(Column(name, BigId, nullable=False, server_default=text("0")) for name in _SUMS),
        *(Column(name, BigId) for name in ("took_max", "late_max", "took_min")),
    )
    op.add_column("jobs", Column("keeps_apart", Boolean, nullable=False, server_default=false()))
    apart, deleted = text("keeps_apart"), text("deleted_at IS NOT NULL")
    op.create_index("ix_jobs_keeping", "jobs", ["id"], sqlite_where=apart, postgresql_where=apart)
    op.create_index("ix_jobs_deleted", "jobs", ["id"], sqlite_where=deleted, postgresql_where=deleted)
