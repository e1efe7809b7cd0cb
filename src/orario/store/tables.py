"""Every table of Orario."""

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    and_,
    desc,
    false,
    text,
)

from orario.store.columns import BigId, Moment
from orario.store.metadata import metadata as metadata
from orario.store.tables_handovers import handovers as handovers
from orario.store.tables_people import links as links
from orario.store.tables_people import sessions as sessions
from orario.store.tables_people import users as users
from orario.store.tables_rollups import rollups as rollups
from orario.store.tables_secrets import secrets as secrets


def _only(condition: ColumnElement[bool]) -> dict[str, Any]:
    """An index of these rows only."""
    return {"sqlite_where": condition, "postgresql_where": condition}


tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, primary_key=True),  # seed 004 speaks integers; an id is never given twice
    Column("name", String, nullable=False, unique=True),
    Column("app", String, nullable=False),
    Column("display_name", String, nullable=False),
    Column("description", Text),
    Column("handler_path", String, nullable=False),
    Column("handler_type", String, nullable=False),
    Column("queue", String, nullable=False),
    Column("default_timeout_seconds", Integer),
    Column("is_active", Boolean, nullable=False),
    Column("is_system", Boolean, nullable=False),
    Column("is_known", Boolean, nullable=False),  # false: its code is gone
    Column("args_schema", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", String, nullable=False),
    Column("name", String, nullable=False),
    Column("description", Text),
    Column("app", String),
    Column("task", String, nullable=False),
    Column("args", JSON, nullable=False),  # secret values inside are encrypted
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
    Column("declared", JSON(none_as_null=True)),  # what its app's code says; null for a person's job
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("created_by", String),
    Column("updated_by", String),
    Column("deleted_at", Moment),  # the history of a deleted job stays readable
    Column("keeps_apart", Boolean, nullable=False, server_default=false()),  # its policy says how much is kept
)
Index("uq_jobs_slug", jobs.c.slug, unique=True, **_only(jobs.c.deleted_at.is_(None)))
Index("ix_jobs_task", jobs.c.task)
_waking = jobs.c.paused_until.is_not(None)
Index("ix_jobs_paused_until", jobs.c.paused_until, **_only(_waking))

_existing = jobs.c.deleted_at.is_(None)
Index("ix_jobs_enabled", jobs.c.is_enabled, jobs.c.id, **_only(_existing))
_broken = jobs.c.broken.is_not(None)
Index("ix_jobs_broken", jobs.c.id, **_only(_broken))
_declared = jobs.c.declared.is_not(None)
Index("ix_jobs_declared", jobs.c.app, **_only(_declared))
Index("ix_jobs_keeping", jobs.c.id, **_only(jobs.c.keeps_apart))
_deleted = jobs.c.deleted_at.is_not(None)
Index("ix_jobs_deleted", jobs.c.id, **_only(_deleted))

# Apart from `jobs`, because every firing writes here and a narrow row is cheap to write.
cursors = Table(
    "cursors",
    metadata,
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
_coming = cursors.c.next_at.is_not(None)
Index("ix_cursors_next_at", cursors.c.next_at, **_only(_coming))

executions = Table(
    "executions",
    metadata,
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
    Column("expires_at", Moment),  # not started by then, it is missed
    Column("attempt", Integer, nullable=False),
    Column("token", Uuid, nullable=False),
    Column("carrier", Uuid),
    Column("args", JSON(none_as_null=True)),  # null: the job's own
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("cancel_requested_at", Moment),
    Column("cancel_requested_by", String),
    Column("result", JSON(none_as_null=True)),
    Column("error_message", Text),
    Column("error_stack", Text),
    Column("reason", Text),
    Column("total", Integer, nullable=False, server_default=text("0")),
    Column("processed", Integer, nullable=False, server_default=text("0")),
    Column("failed", Integer, nullable=False, server_default=text("0")),
    Column("metadata", JSON(none_as_null=True)),
    Column("rerun_of", Uuid),
)
_due_moment = executions.c.trigger.in_(["scheduler", "backfill"])
_pending = executions.c.state == "pending"
_running = executions.c.state == "running"
# Not as NOT IN (...): for that SQLite builds a table, at every write of a row.
_troubled = and_(executions.c.state != "pending", executions.c.state != "running", executions.c.state != "success")
# The ledger's promise, kept by the database itself: one execution for one due moment.
# By moment first, so that what is opened together lies together: fewer pages to write for a commit.
Index("uq_executions_moment", executions.c.scheduled_for, executions.c.job_id, unique=True, **_only(_due_moment))
# By queue first: a long line in a queue that is full costs nothing to those that are not.
_line = (executions.c.queue, desc(executions.c.priority), executions.c.due_at)
Index("ix_executions_pending", *_line, **_only(_pending))
_retrying = and_(executions.c.state == "pending", executions.c.attempt > 0)
Index("ix_executions_retrying", executions.c.due_at, **_only(_retrying))
Index("ix_executions_running", executions.c.job_id, executions.c.queue, **_only(_running))
_expiring = and_(executions.c.state == "pending", executions.c.expires_at.is_not(None))
Index("ix_executions_expiring", executions.c.expires_at, **_only(_expiring))
Index("ix_executions_job", executions.c.job_id, executions.c.id)
# Success is the common case: its list reads the newest rows, and only the rest needs an index of its own.
Index("ix_executions_troubled", executions.c.state, executions.c.id, **_only(_troubled))
Index("ix_executions_job_troubled", executions.c.job_id, executions.c.state, executions.c.id, **_only(_troubled))
_by_hand = executions.c.trigger != "scheduler"
Index("ix_executions_by_hand", executions.c.trigger, executions.c.id, **_only(_by_hand))

# The attempts before the last one; the last one stands in `executions` itself.
attempts = Table(
    "attempts",
    metadata,
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

logs = Table(
    "logs",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("execution_id", Uuid, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("level", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("details", JSON(none_as_null=True)),
    Index("ix_logs_execution", "execution_id", "id"),
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("job_id", Uuid, nullable=False),
    Column("first", Moment, nullable=False),
    Column("last", Moment, nullable=False),
    Column("count", BigId, nullable=False),
    Column("reason", String, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Index("ix_gaps_job", "job_id", "id"),
)

instances = Table(
    "instances",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("hostname", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("beat", BigId, nullable=False),  # only that it changes matters: no clock is compared with another's
    Column("beat_at", Moment, nullable=False),
    Column("gone_at", Moment),
    Column("gone_reason", String),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", Uuid),
    Column("term", BigId, nullable=False),
    Column("since", Moment),
    Column("ticked_at", Moment),
)

queues = Table(
    "queues",
    metadata,
    Column("name", String, primary_key=True),
    Column("width", Integer),  # null: the setting's
    Column("executor", String, nullable=False),
    Column("is_paused", Boolean, nullable=False),
)

calendars = Table(
    "calendars",
    metadata,
    Column("name", String, primary_key=True),
    Column("description", Text),
    Column("dates", JSON, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),  # SHA-256; the token itself is nowhere
    Column("created_at", Moment, nullable=False),
    Column("created_by", String),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", String),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("subject_id", String, nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index("ix_audit_subject", "subject_id", "id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("actor", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("digest", String, nullable=False),  # of the request: the same key for another request is refused
    Column("subject_id", String, nullable=False),
    Column("created_at", Moment, nullable=False),
)
