"""The settings of shell jobs."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ShellSettings(BaseSettings):
    """Read from the environment as ORARIO_SHELL_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_SHELL_", extra="ignore")

    enabled: bool = Field(
        False,
        description="Jobs may run shell commands, as the user that Orario runs as; until then they are refused.",
    )
