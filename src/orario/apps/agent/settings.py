"""The settings of the agent: the documented CRON_ variables, and what its jobs need beside them."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orario.mail import MailAddress, Mailbox, MailServer

_DAY = 1440  # minutes
_LONGEST = 36_500  # days

Days = Annotated[int, Field(gt=0, le=_LONGEST)]
Hours = Annotated[int, Field(gt=0, le=24 * _LONGEST)]


class AgentSettings(BaseSettings):
    """Read from the environment by the very names of its fields, in capitals."""

    model_config = SettingsConfigDict(extra="ignore")

    cron_enabled: bool = Field(True, description="Whether the sixteen jobs of the agent are on at all.")
    cron_timezone: str = Field("Europe/Bucharest", description="Time zone of the agent's schedules.")
    cron_memory_threshold_mb: float = Field(
        500, gt=0, le=10**9, description="More memory than this (MiB, of the process) raises an alert."
    )
    cron_cpu_threshold_percent: float = Field(
        80, gt=0, le=100, description="More processor time than this (percent, of the machine) raises an alert."
    )
    cron_backup_enabled: bool = Field(True, description="Whether `backup-data` is on.")
    cron_backup_retention_days: Days = Field(
        30, description="Days for which backups are kept; the newest one always."
    )
    cron_cleanup_resolved_sessions_days: Days = Field(
        30, description="Days after which resolved sessions are deleted."
    )
    cron_cleanup_old_sessions_days: Days = Field(
        180, description="Days without activity after which sessions are deleted, whatever became of them."
    )
    cron_cleanup_inactive_sessions_hours: Hours = Field(
        24, description="Hours without activity after which an open session is inactive."
    )
    cron_cleanup_abandoned_sessions_hours: Hours = Field(
        48, description="Hours without activity after which an open or inactive session is abandoned."
    )
    cron_cleanup_old_messages_days: Days = Field(90, description="Days after which messages are deleted.")
    cron_cleanup_old_logs_days: Days = Field(30, description="Days after which the application's logs are deleted.")
    cron_reminders_enabled: bool = Field(True, description="Whether `reservation-reminders` is on.")
    cron_reminders_hours_before: Hours = Field(
        2, description="How many hours before a reservation its reminder goes."
    )
    cron_reports_enabled: bool = Field(True, description="Whether `daily-report` is on.")
    cron_reports_recipients: Annotated[list[MailAddress], NoDecode] = Field(
        ["admin@example.com", "manager@example.com"],
        description="Who is sent the daily report, with commas between.",
    )
    cron_monitoring_enabled: bool = Field(True, description="Whether `check-system-performance` is on.")
    cron_monitoring_check_interval_minutes: int = Field(
        30,
        gt=0,
        le=_DAY,
        description="How often `check-system-performance` runs: up to 60 minutes, or so many whole hours.",
    )

    orario_agent_prefix: str = Field("cron", description="Path under which the agent's API stands.")
    orario_agent_mail_url: MailServer = Field(
        None,
        description="Mail server for reminders and reports, such as "
        "smtp://user:password@mail.example.com:587?tls=starttls; without one, these jobs say so and send nothing.",
    )
    orario_agent_mail_from: MailAddress = Field(
        "", description="Sender of reminders and reports; by default what the mail server's URL says."
    )
    orario_agent_backup_folder: str = Field("backups", description="Folder for the backups of `backup-data`.")
    orario_agent_credentials_source: str = Field(
        "", description="File or URL whose JSON `sync-credentials` takes credentials from; empty: none."
    )
    orario_agent_credentials_token: SecretStr | None = Field(
        None, description="Bearer token for a credentials source that is a URL."
    )
    orario_agent_messages_url: SecretStr | None = Field(
        None,
        description="URL that is sent each unprocessed message; without one, those that hang are put back in line.",
    )
    orario_agent_messages_attempts: int = Field(
        5, ge=1, le=1000, description="How often a message is tried before it is given up."
    )
    orario_agent_messages_minutes: int = Field(
        15, ge=1, le=_DAY, description="Minutes after which a message that is being processed is taken for stuck."
    )
    orario_agent_http_timeout_seconds: float = Field(
        10, gt=0, le=300, description="How long providers, sources and the message URL may take to answer."
    )

    @property
    def prefix(self) -> str:
        return self.orario_agent_prefix

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.cron_timezone)

    @property
    def mailbox(self) -> Mailbox | None:
        """Where mail is handed in; None where nobody said."""
        if self.orario_agent_mail_url is None:
            return None
        url = self.orario_agent_mail_url.get_secret_value()
        return Mailbox.from_url(url, sender=self.orario_agent_mail_from or None)

    @field_validator("cron_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone; it must be like Europe/Bucharest") from None
        return value

    @field_validator("cron_monitoring_check_interval_minutes")
    @classmethod
    def _fits_a_day(cls, value: int) -> int:
        if value > 60 and (value % 60 or _DAY % value):
            raise ValueError("must be 60 at most, or whole hours that fit into a day, such as 120 or 360")
        return value

    @field_validator("cron_reports_recipients", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value

    @field_validator("cron_reports_recipients")
    @classmethod
    def _each_once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    @field_validator("orario_agent_messages_url")
    @classmethod
    def _is_web_address(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _stripped(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value
