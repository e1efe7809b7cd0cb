"""The settings of the app."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orario.mail import Mailbox, MailServer


class LokarioSettings(BaseSettings):
    """Read from the environment as ORARIO_LOKARIO_<NAME>, and CRON_SECRET under its documented name."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_LOKARIO_", extra="ignore", populate_by_name=True)

    prefix: str = Field("", description="What stands in front of the app's paths, all of which begin with /api.")
    cron_secret: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("CRON_SECRET", "ORARIO_LOKARIO_CRON_SECRET", "cron_secret"),
        description="What callers of the two documented endpoints must know, best set as CRON_SECRET; 32 characters "
        "or more. Without it they are open on loopback, and closed elsewhere.",
    )
    timezone: str = Field("Europe/Paris", description="Where a day begins, for the delays of reminders.")
    mail_url: MailServer = Field(
        None,
        description="The mail server of reminders, such as smtp://user:password@mail.example.com:587?tls=starttls.",
    )
    sender: str = Field(
        "relances@localhost", description="The address that reminders come from, where a company has none of its own."
    )
    parallel: int = Field(5, ge=1, le=100, description="How many mailboxes are read at once.")
    imap_timeout_seconds: float = Field(
        30.0, gt=0, le=600, description="How long an IMAP server may be silent before it is given up."
    )
    largest_message_mb: float = Field(
        25.0, gt=0, le=1000, description="Of a message that is larger, only the first 256 kB are read."
    )
    demo_imap: str | None = Field(
        None, description="Where the demonstration's mailboxes are, host:port; set by `orario demo servers`."
    )

    @field_validator("cron_secret")
    @classmethod
    def _can_be_sent(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().isascii():
            raise ValueError(
                "CRON_SECRET must be plain ASCII, or nobody could send it; openssl rand -hex 32 makes a good one"
            )
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone, such as Europe/Paris") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def mailbox(self) -> Mailbox | None:
        """Where reminders are handed in; None where no mail server is configured."""
        return None if self.mail_url is None else Mailbox.from_url(self.mail_url.get_secret_value())
