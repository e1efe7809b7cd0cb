"""The settings of watched jobs."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PingSettings(BaseSettings):
    """Read from the environment as ORARIO_PING_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_PING_", extra="ignore")

    prefix: str = Field("ping", description="Path under which pings are received.")
    per_minute: int = Field(
        120, ge=1, le=100_000, description="How many pings of one id an instance records in a minute; more get 429."
    )
