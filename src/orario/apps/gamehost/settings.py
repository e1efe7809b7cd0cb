"""The settings of the game hosting app."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orario.mail import MailAddress, MailServer

Url = Annotated[str, Field(max_length=2000)]


class GamehostSettings(BaseSettings):
    """Read from the environment as ORARIO_GAMEHOST_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_GAMEHOST_", extra="ignore")

    prefix: str = Field("v1/jobs", description="Path under which the documented API stands.")
    panel_url: Url | None = Field(None, description="Where the Pterodactyl panel is, such as https://panel.example.")
    panel_key: SecretStr | None = Field(None, description="Key of the panel's application API (ptla_...).")
    panel_timeout_seconds: float = Field(30, gt=0, le=600, description="How long the panel may take for an answer.")
    panel_attempts: int = Field(
        3, ge=1, le=20, description="How often the panel is asked for one server in one run when it is busy or away."
    )
    panel_pause_seconds: float = Field(
        1, ge=0, le=600, description="Pause before the panel is asked again; it doubles each time."
    )
    panel_longest_pause_seconds: float = Field(
        120,
        ge=0,
        le=3600,
        description="A panel that asks for a longer pause (Retry-After) is left alone until the next run.",
    )
    retention_days: int = Field(
        90, ge=1, le=36_500, description="Servers that are expired for longer are deleted for good."
    )
    mail_url: MailServer = Field(
        None, description="The mail server, such as smtp://user:password@mail.example:587?tls=starttls."
    )
    mail_from: MailAddress = Field(
        "Game hosting <noreply@localhost>", min_length=1, max_length=400, description="Sender of the mails."
    )
    mail_attempts: int = Field(8, ge=1, le=100, description="A mail that failed so often is parked.")
    mail_backoff_seconds: float = Field(
        300, ge=0, le=86_400, description="Pause after a mail's first failure; it doubles each time."
    )
    mail_longest_backoff_seconds: float = Field(
        21_600, ge=0, le=604_800, description="The longest pause between two attempts of a mail."
    )
    versions_url: Url | None = Field(None, description="Manifest of game versions (JSON) that is looked at daily.")
    versions_mail_to: MailAddress | None = Field(
        None, max_length=320, description="Who is sent a mail of new game versions."
    )
    recent_runs: int = Field(50, ge=1, le=1000, description="How many runs the list of recent runs has.")
    trigger_wait_seconds: float = Field(
        3600, gt=0, le=86_400, description="How long a trigger waits for the run's result before it answers without."
    )

    @field_validator("panel_url", "versions_url", "panel_key", "versions_mail_to", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("panel_url", "versions_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("must start with http:// or https:// and name a host")
        return value

    @model_validator(mode="after")
    def _panel_has_key(self) -> "GamehostSettings":
        if self.panel_url is not None and self.panel_key is None:
            raise ValueError("ORARIO_GAMEHOST_PANEL_URL needs ORARIO_GAMEHOST_PANEL_KEY")
        return self
