"""The tables of the app: every health check, and the figures of every job and day."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Float, Index, MetaData, String, Table, Uuid

from orario import Moment

metadata = MetaData()

checks = Table(
    "ops_checks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("checked_at", Moment, nullable=False),
    Column("status", String(20), nullable=False),
    Column("services", JSON, nullable=False),
    Column("system", JSON, nullable=False),
)
Index("ix_ops_checks_checked", checks.c.checked_at)

daily = Table(
    "ops_daily",
    metadata,
    Column("day", Date, primary_key=True),  # in UTC
    Column("job_id", Uuid, primary_key=True),
    Column("slug", String, nullable=False),
    Column("name", String, nullable=False),
    Column("is_final", Boolean, nullable=False),  # false: the day was not over
    Column("is_estimated", Boolean, nullable=False),  # some was forgotten already: percentiles come from buckets
    *(
        Column(name, BigInteger, nullable=False)
        for name in (
            "executions", "successes", "failures", "timeouts", "cancelled", "skipped", "missed", "passed_over",
            "attempts",
        )
    ),
    Column("success_rate", Float),  # of those that ran to an end of their own
    *(
        Column(f"{what}_{figure}", Float)
        for what in ("duration", "lag")
        for figure in ("average", "p50", "p95", "p99", "longest")
    ),
    Column("computed_at", Moment, nullable=False),
    Column("seconds", Float, nullable=False),  # of work in all
)  # fmt: skip
Index("ix_ops_daily_slug", daily.c.slug, daily.c.day)
