"""The settings of what is kept."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_LONGEST = 36_500


class RetentionSettings(BaseSettings):
    """Read from the environment as ORARIO_RETENTION_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_RETENTION_", extra="ignore")

    days: float = Field(
        90,
        ge=0,
        le=_LONGEST,
        description="Days for which ended executions and gaps are kept of jobs that do not say; 0: for ever.",
    )
    count: int = Field(
        100_000,
        ge=0,
        le=1_000_000_000,
        description="How many ended executions are kept of each job that does not say, the newest; 0: however many.",
    )
    audit_days: float = Field(
        365, ge=0, le=_LONGEST, description="Days for which is kept who changed what; 0 keeps it for ever."
    )
