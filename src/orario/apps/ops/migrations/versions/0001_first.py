"""Health checks, and figures per job and day."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Float, String, Uuid

from orario import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "ops_checks",
        Column("id", Uuid, primary_key=True),
        Column("checked_at", Moment, nullable=False),
        Column("status", String(20), nullable=False),
        Column("services", JSON, nullable=False),
        Column("system", JSON, nullable=False),
    )
    op.create_index("ix_ops_checks_checked", "ops_checks", ["checked_at"])
    op.create_table(
        "ops_daily",
        Column("day", Date, primary_key=True),
        Column("job_id", Uuid, primary_key=True),
        Column("slug", String, nullable=False),
        Column("name", String, nullable=False),
        Column("is_final", Boolean, nullable=False),
        Column("is_estimated", Boolean, nullable=False),
        Column("executions", BigInteger, nullable=False),
        Column("successes", BigInteger, nullable=False),
        Column("failures", BigInteger, nullable=False),
        Column("timeouts", BigInteger, nullable=False),
        Column("cancelled", BigInteger, nullable=False),
        Column("skipped", BigInteger, nullable=False),
        Column("missed", BigInteger, nullable=False),
        Column("passed_over", BigInteger, nullable=False),
        Column("attempts", BigInteger, nullable=False),
        Column("success_rate", Float),
        Column("duration_average", Float),
        Column("duration_p50", Float),
        Column("duration_p95", Float),
        Column("duration_p99", Float),
        Column("duration_longest", Float),
        Column("lag_average", Float),
        Column("lag_p50", Float),
        Column("lag_p95", Float),
        Column("lag_p99", Float),
        Column("lag_longest", Float),
        Column("computed_at", Moment, nullable=False),
        Column("seconds", Float, nullable=False),
    )
    op.create_index("ix_ops_daily_slug", "ops_daily", ["slug", "day"])
