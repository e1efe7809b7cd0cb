"""The shapes of the agent's API, as its document has them."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Shape(BaseModel):
    """Names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class JobOut(Shape):
    """One of the sixteen."""

    name: str = Field(examples=["cleanup-resolved-sessions"])
    schedule: str = Field(description="As a cron expression, in CRON_TIMEZONE.", examples=["0 2 * * *"])
    description: str = Field(examples=["Cleanup resolved sessions daily at 2 AM"])


class StatusOut(Shape):
    """How the agent's jobs stand."""

    status: str = Field(description="`active`, or `disabled` where CRON_ENABLED is false.", examples=["active"])
    last_run: str | None = Field(
        description="When the last run began; null before the first.", examples=["2024-01-15T10:30:00.000Z"]
    )
    next_run: str | None = Field(
        description="The earliest moment at which one of them is due.", examples=["2024-01-15T11:00:00.000Z"]
    )
    jobs: list[JobOut]


class MemoryOut(Shape):
    """Bytes of the process."""

    heap_used: int = Field(description="What is the process's alone.", examples=[52428800])
    heap_total: int = Field(description="All that it holds in the machine's memory.", examples=[104857600])


class HealthOut(Shape):
    """Whether the agent's jobs can fire."""

    status: str = Field(description="`healthy` or `unhealthy`.", examples=["healthy"])
    timestamp: str = Field(examples=["2024-01-15T10:30:00.000Z"])
    uptime: int = Field(description="Seconds.", examples=[3600])
    memory_usage: MemoryOut
    active_jobs: int = Field(description="How many of the sixteen are on.", examples=[16])
    last_error: str | None = Field(description="What the last failed run said; null before the first.")


class CpuOut(Shape):
    """Microseconds that the process has used."""

    user: int = Field(examples=[1000000])
    system: int = Field(examples=[500000])


class MetricsOut(Shape):
    """How the agent's jobs have gone so far."""

    timestamp: str = Field(examples=["2024-01-15T10:30:00.000Z"])
    total_jobs_executed: int = Field(description="Successful and failed ones together.", examples=[150])
    successful_jobs: int = Field(examples=[145])
    failed_jobs: int = Field(description="Time-outs too.", examples=[5])
    average_execution_time: int = Field(description="Of the successful ones, in milliseconds.", examples=[2500])
    memory_usage: MemoryOut
    cpu_usage: CpuOut


class TriggeredOut(Shape):
    """The run was opened and begins at once, or after the one that runs now."""

    message: str = Field(examples=["Session cleanup triggered successfully"])


class ErrorOut(Shape):
    """What went wrong."""

    status_code: int = Field(examples=[400])
    message: str = Field(examples=["Invalid request"])
    error: str = Field(examples=["Bad Request"])
