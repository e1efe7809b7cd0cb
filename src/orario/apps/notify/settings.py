"""The settings of notices."""

import re
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orario.apps.notify.addresses import complaint_of_apprise, complaint_of_webhook

_BETWEEN = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")


class NotifySettings(BaseSettings):
    """Read from the environment as ORARIO_NOTIFY_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_NOTIFY_", extra="ignore")

    urls: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list,
        description="Where notices go: Apprise URLs (mailtos://, slack://, ...) with blanks or commas between.",
    )
    webhook_url: SecretStr | None = Field(None, description="A URL that is sent every notice as signed JSON.")
    webhook_secret: SecretStr | None = Field(None, description="The key that signs what the webhook is sent.")
    default_rule: bool = Field(
        True, description="Where no rule says otherwise, failures and the like are told to every default channel."
    )
    per_hour: int = Field(
        30, ge=1, le=100_000, description="Notices a channel is sent per hour, unless it says otherwise."
    )
    slow_floor_seconds: float = Field(
        3.0, ge=0, description="Slower than usual is told only of what takes so many seconds longer than usual."
    )
    keep_days: int = Field(90, ge=1, le=36_500, description="How long the list of notices goes back.")

    @field_validator("urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        # A comma may also stand inside an address, between recipients.
        return [one for one in _BETWEEN.split(value.strip()) if one] if isinstance(value, str) else value

    @field_validator("urls")
    @classmethod
    def _can_be_called(cls, value: list[SecretStr]) -> list[SecretStr]:
        for at, url in enumerate(value, 1):
            if why := complaint_of_apprise(url.get_secret_value()):
                raise ValueError(f"number {at} {why}")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _is_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and (why := complaint_of_webhook(value.get_secret_value())):
            raise ValueError(why)
        return value

    @model_validator(mode="after")
    def _is_signed(self) -> "NotifySettings":
        if self.webhook_url is not None and not (self.webhook_secret and self.webhook_secret.get_secret_value()):
            raise ValueError(
                "ORARIO_NOTIFY_WEBHOOK_URL needs ORARIO_NOTIFY_WEBHOOK_SECRET, which signs what it is sent"
            )
        return self
