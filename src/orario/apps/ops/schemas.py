"""The shapes of the answers, as the document has them: snake_case, moments as text."""

from typing import Any

from pydantic import BaseModel, Field


class JobOut(BaseModel):
    """A job and how it stands."""

    job_id: str = Field(examples=["health_check"])
    name: str
    description: str | None = None
    trigger_type: str | None = Field(None, examples=["cron"])
    next_run_time: str | None = None
    is_paused: bool
    is_running: bool
    enabled: bool
    last_result: Any = Field(None, description="The last run that has ended, as the history shows it.")


class RunOut(BaseModel):
    """One run of a job."""

    job_id: str
    status: str = Field(examples=["success"])
    started_at: str
    finished_at: str | None = None
    duration_seconds: float | None = None
    records_processed: int = 0
    error_message: str | None = None
    details: Any = None


class TriggerOut(BaseModel):
    """What came of a run by hand."""

    success: bool
    job_id: str
    status: str
    message: str
    result: Any = None


class StandingOut(BaseModel):
    """What became of a pause or its end, and when the job runs next."""

    success: bool
    job_id: str
    is_paused: bool
    next_run_time: str | None = None
    message: str


class ProgressOut(BaseModel):
    """How far a run has come, in items; `percent` is null while nobody knows how many there are."""

    total: int
    processed: int
    failed: int
    percent: float | None = None


class RunningOut(BaseModel):
    """A run under way."""

    job_id: str
    name: str
    execution_id: str
    attempt: int
    triggered_by: str
    started_at: str
    elapsed_seconds: float
    progress: ProgressOut


class HealthOut(BaseModel):
    """The last health check."""

    status: str = Field(examples=["healthy"])
    services: dict[str, Any]
    system: dict[str, Any]
    checked_at: str | None = None


class BackupOut(BaseModel):
    """One backup file."""

    filename: str
    path: str
    size_bytes: int
    size_mb: float
    created_at: str


class JobStatsOut(BaseModel):
    """How one job has gone."""

    job_id: str
    name: str
    total_executions: int
    successes: int
    failures: int
    success_rate: float | None = Field(None, description="Of a hundred runs that came to an end of their own.")
    last_status: str | None = None
    last_finished_at: str | None = None


class StatsOut(BaseModel):
    """How everything has gone, since the first day."""

    total_jobs: int
    enabled_jobs: int
    disabled_jobs: int
    paused_jobs: int
    running_jobs: int
    total_executions: int
    successes: int
    failures: int
    cancelled: int
    skipped: int
    missed: int
    success_rate: float | None = None
    failure_rate: float | None = None
    average_duration_seconds: float | None = None
    uptime_seconds: float
    started_at: str | None = None
    by_job: list[JobStatsOut]


class DayOut(BaseModel):
    """One day, in UTC, of one job or of all together; lengths of time in seconds."""

    day: str
    job_id: str | None = None
    executions: int
    successes: int
    failures: int
    timeouts: int
    cancelled: int
    skipped: int
    missed: int
    passed_over: int
    attempts: int
    success_rate: float | None = None
    duration_average: float | None = None
    duration_p50: float | None = None
    duration_p95: float | None = None
    duration_p99: float | None = None
    duration_longest: float | None = None
    lag_average: float | None = None
    lag_p50: float | None = None
    lag_p95: float | None = None
    lag_p99: float | None = None
    lag_longest: float | None = None
