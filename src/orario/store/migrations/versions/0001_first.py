"""The first schema."""

from typing import Any

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Integer, String, Text, UniqueConstraint, Uuid, text

from orario.store.columns import BigId, Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    _tasks()
    _jobs()
    _ledger()
    _others()


def _ledger() -> None:
    for make in (_cursors, _executions, _execution_indexes, _attempts, _logs, _gaps):
        make()


def _others() -> None:
    for make in (_instances, _leases, _queues, _calendars, _tokens, _audit, _idempotency):
        make()


def _tasks() -> None:
    op.create_table(
        "tasks",
        Column("id", Integer, primary_key=True),
        Column("name", String, nullable=False),
        Column("app", String, nullable=False),
        Column("display_name", String, nullable=False),
        Column("description", Text),
        Column("handler_path", String, nullable=False),
        Column("handler_type", String, nullable=False),
        Column("queue", String, nullable=False),
        Column("default_timeout_seconds", Integer),
        Column("is_active", Boolean, nullable=False),
        Column("is_system", Boolean, nullable=False),
        Column("is_known", Boolean, nullable=False),
        Column("args_schema", JSON, nullable=False),
        Column("created_at", Moment, nullable=False),
        UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        Column("id", Uuid, primary_key=True),
        Column("slug", String, nullable=False),
        Column("name", String, nullable=False),
        Column("description", Text),
        Column("app", String),
        Column("task", String, nullable=False),
        Column("args", JSON, nullable=False),
        Column("queue", String, nullable=False),
        Column("schedule_kind", String, nullable=False),
        Column("schedule", JSON, nullable=False),
        Column("timezone", String, nullable=False),
        Column("start_at", Moment),
        Column("end_at", Moment),
        Column("jitter_ms", BigId, nullable=False),
        Column("excluded_dates", JSON, nullable=False),
        Column("calendars", JSON, nullable=False),
        Column("policy", JSON, nullable=False),
        Column("is_enabled", Boolean, nullable=False),
        Column("paused_at", Moment),
        Column("paused_until", Moment),
        Column("paused_by", String),
        Column("pause_note", Text),
        Column("broken", Text),
        Column("declared", JSON(none_as_null=True)),
        Column("version", Integer, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
        Column("created_by", String),
        Column("updated_by", String),
        Column("deleted_at", Moment),
    )
    _index("ix_jobs_broken", "jobs", ["id"], where="broken IS NOT NULL")
    _index("ix_jobs_declared", "jobs", ["app"], where="declared IS NOT NULL")
    _index("ix_jobs_enabled", "jobs", ["is_enabled", "id"], where="deleted_at IS NULL")
    _index("ix_jobs_paused_until", "jobs", ["paused_until"], where="paused_until IS NOT NULL")
    _index("ix_jobs_task", "jobs", ["task"])
    _index("uq_jobs_slug", "jobs", ["slug"], unique=True, where="deleted_at IS NULL")


def _cursors() -> None:
    op.create_table(
        "cursors",
        Column("job_id", Uuid, primary_key=True),
        Column("position", Moment, nullable=False),
        Column("next_at", Moment),
        Column("fold", Integer, nullable=False),
        Column("failures_in_row", Integer, nullable=False),
        Column("last_started_at", Moment),
        Column("last_finished_at", Moment),
        Column("last_state", String),
        Column("success_count", Integer, nullable=False),
        Column("failed_count", Integer, nullable=False),
        Column("timeout_count", Integer, nullable=False),
        Column("cancelled_count", Integer, nullable=False),
        Column("skipped_count", Integer, nullable=False),
        Column("missed_count", Integer, nullable=False),
    )
    _index("ix_cursors_next_at", "cursors", ["next_at"], where="next_at IS NOT NULL")


def _executions() -> None:
    op.create_table(
        "executions",
        Column("id", Uuid, primary_key=True),
        Column("job_id", Uuid, nullable=False),
        Column("job_name", String, nullable=False),
        Column("task", String, nullable=False),
        Column("queue", String, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("state", String, nullable=False),
        Column("trigger", String, nullable=False),
        Column("triggered_by", String),
        Column("scheduled_for", Moment, nullable=False),
        Column("due_at", Moment, nullable=False),
        Column("expires_at", Moment),
        Column("attempt", Integer, nullable=False),
        Column("token", Uuid, nullable=False),
        Column("carrier", Uuid),
        Column("args", JSON(none_as_null=True)),
        Column("created_at", Moment, nullable=False),
        Column("started_at", Moment),
        Column("finished_at", Moment),
        Column("cancel_requested_at", Moment),
        Column("cancel_requested_by", String),
        Column("result", JSON(none_as_null=True)),
        Column("error_message", Text),
        Column("error_stack", Text),
        Column("reason", Text),
        Column("total", Integer, server_default=text("0"), nullable=False),
        Column("processed", Integer, server_default=text("0"), nullable=False),
        Column("failed", Integer, server_default=text("0"), nullable=False),
        Column("metadata", JSON(none_as_null=True)),
        Column("rerun_of", Uuid),
    )


def _execution_indexes() -> None:
    _index("ix_executions_by_hand", "executions", ["trigger", "id"], where="\"trigger\" != 'scheduler'")
    _index(
        "ix_executions_expiring", "executions", ["expires_at"], where="state = 'pending' AND expires_at IS NOT NULL"
    )
    _index("ix_executions_job", "executions", ["job_id", "id"])
    _index(
        "ix_executions_job_troubled",
        "executions",
        ["job_id", "state", "id"],
        where="state != 'pending' AND state != 'running' AND state != 'success'",
    )
    _index(
        "ix_executions_pending", "executions", ["queue", text("priority DESC"), "due_at"], where="state = 'pending'"
    )
    _index("ix_executions_retrying", "executions", ["due_at"], where="state = 'pending' AND attempt > 0")
    _index("ix_executions_running", "executions", ["job_id", "queue"], where="state = 'running'")
    _index(
        "ix_executions_troubled",
        "executions",
        ["state", "id"],
        where="state != 'pending' AND state != 'running' AND state != 'success'",
    )
    _index(
        "uq_executions_moment",
        "executions",
        ["scheduled_for", "job_id"],
        unique=True,
        where="\"trigger\" IN ('scheduler', 'backfill')",
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        Column("execution_id", Uuid, primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("token", Uuid, nullable=False),
        Column("carrier", Uuid),
        Column("started_at", Moment, nullable=False),
        Column("finished_at", Moment, nullable=False),
        Column("ending", String, nullable=False),
        Column("error_message", Text),
        Column("error_stack", Text),
    )


def _logs() -> None:
    op.create_table(
        "logs",
        Column("id", BigId, primary_key=True),
        Column("execution_id", Uuid, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("at", Moment, nullable=False),
        Column("level", String, nullable=False),
        Column("message", Text, nullable=False),
        Column("details", JSON(none_as_null=True)),
    )
    _index("ix_logs_execution", "logs", ["execution_id", "id"])


def _gaps() -> None:
    op.create_table(
        "gaps",
        Column("id", BigId, primary_key=True),
        Column("job_id", Uuid, nullable=False),
        Column("first", Moment, nullable=False),
        Column("last", Moment, nullable=False),
        Column("count", BigId, nullable=False),
        Column("reason", String, nullable=False),
        Column("recorded_at", Moment, nullable=False),
    )
    _index("ix_gaps_job", "gaps", ["job_id", "id"])


def _instances() -> None:
    op.create_table(
        "instances",
        Column("id", Uuid, primary_key=True),
        Column("hostname", String, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("version", String, nullable=False),
        Column("started_at", Moment, nullable=False),
        Column("beat", BigId, nullable=False),
        Column("beat_at", Moment, nullable=False),
        Column("gone_at", Moment),
        Column("gone_reason", String),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        Column("name", String, primary_key=True),
        Column("holder", Uuid),
        Column("term", BigId, nullable=False),
        Column("since", Moment),
        Column("ticked_at", Moment),
    )


def _queues() -> None:
    op.create_table(
        "queues",
        Column("name", String, primary_key=True),
        Column("width", Integer),
        Column("executor", String, nullable=False),
        Column("is_paused", Boolean, nullable=False),
    )


def _calendars() -> None:
    op.create_table(
        "calendars",
        Column("name", String, primary_key=True),
        Column("description", Text),
        Column("dates", JSON, nullable=False),
        Column("updated_at", Moment, nullable=False),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        Column("id", Uuid, primary_key=True),
        Column("name", String, nullable=False),
        Column("role", String, nullable=False),
        Column("digest", String, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("created_by", String),
        Column("expires_at", Moment),
        Column("last_used_at", Moment),
        Column("revoked_at", Moment),
        UniqueConstraint("digest"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        Column("id", BigId, primary_key=True),
        Column("at", Moment, nullable=False),
        Column("actor", String),
        Column("action", String, nullable=False),
        Column("subject", String, nullable=False),
        Column("subject_id", String, nullable=False),
        Column("before", JSON(none_as_null=True)),
        Column("after", JSON(none_as_null=True)),
    )
    _index("ix_audit_subject", "audit", ["subject_id", "id"])


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        Column("actor", String, primary_key=True),
        Column("key", String, primary_key=True),
        Column("digest", String, nullable=False),
        Column("subject_id", String, nullable=False),
        Column("created_at", Moment, nullable=False),
    )


def _index(name: str, table: str, columns: list[Any], *, unique: bool = False, where: str | None = None) -> None:
    only: dict[str, Any] = {} if where is None else {"sqlite_where": text(where), "postgresql_where": text(where)}
    op.create_index(name, table, columns, unique=unique, **only)
