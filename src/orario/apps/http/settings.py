"""The settings of HTTP jobs."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class HttpSettings(BaseSettings):
    """Read from the environment as ORARIO_HTTP_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_HTTP_", extra="ignore")

    allow_link_local: bool = Field(
        False,
        description="HTTP jobs may call link-local and cloud-metadata addresses (169.254.0.0/16 and the like).",
    )
    traceparent: bool = Field(
        True,
        description="Where traces are collected, HTTP jobs send the header traceparent unless they set their own.",
    )
