"""Every setting of Orario itself, with its default and one sentence; apps bring their own."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_WATCHDOG_SECONDS = 10.0


class Settings(BaseSettings):
    """Read from the environment as ORARIO_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_", extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    apps: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Apps to load, names or module:attribute, with commas between; empty loads all shipped ones.",
    )
    database_url: str = Field(
        "sqlite:///orario.db",
        description="Where everything is kept; the default is a file in the working directory.",
    )
    timezone: str = Field("UTC", description="Time zone of schedules that name none.")
    heartbeat_seconds: float = Field(
        1.5,
        ge=0.2,
        le=60,
        description="An instance that is silent for one and a half times this long is taken for dead.",
    )
    watchdog_seconds: float | None = Field(
        None,
        ge=1,
        le=3600,
        description="How long nobody may tick before the watchdog raises an alarm; by default 10, or four times "
        "ORARIO_HEARTBEAT_SECONDS where that is longer.",
    )
    heartbeat_url: SecretStr | None = Field(
        None,
        description="A URL to call while jobs fire, so that an outside monitor notices when this machine is gone.",
    )
    heartbeat_url_every_seconds: float = Field(
        60.0, ge=1, le=86_400, description="How often ORARIO_HEARTBEAT_URL is called."
    )
    drain_seconds: float = Field(
        20.0, ge=0, le=3600, description="How long running work may go on after SIGTERM before it is stopped."
    )
    kill_grace_seconds: float = Field(
        5.0, ge=0, le=300, description="Time between asking work to stop and killing it."
    )
    default_timeout_seconds: float = Field(
        3600.0, gt=0, description="Time-out of an attempt when neither the job nor its task names one."
    )
    coroutines: int = Field(
        1000, ge=1, le=100_000, description="How many `async def` attempts one instance carries at once."
    )
    threads: int = Field(40, ge=1, le=1000, description="How many `def` attempts one instance carries at once.")
    processes: int = Field(8, ge=1, le=1000, description="How many process attempts one instance carries at once.")
    queue_width: int = Field(
        1000,
        ge=1,
        le=100_000,
        description="How many executions of a queue run at once, over all instances, unless it says otherwise.",
    )
    celery_broker_url: SecretStr | None = Field(
        None,
        description="Broker through which Celery's workers get the work of queues that are set to Celery, such as "
        "redis://127.0.0.1:6379/0 or amqp://user:password@127.0.0.1//.",
    )
    celery_result_url: SecretStr | None = Field(
        None,
        description="Result backend of Celery applications whose own tasks are jobs here, as their workers have it, "
        "such as redis://127.0.0.1:6379/1; without one, outcomes are heard from events alone.",
    )
    celery_lost_after_seconds: float = Field(
        30.0,
        ge=0.5,
        le=86_400,
        description="A message to Celery's workers that is this old, not started and no longer at the broker, is "
        "taken for lost and sent again.",
    )
    max_args_bytes: int = Field(65_536, ge=1024, description="Largest size of a job's arguments, as JSON.")
    max_result_bytes: int = Field(
        1_048_576, ge=1024, description="Largest size of a result, as JSON; a larger one fails the attempt."
    )
    max_log_lines: int = Field(
        100_000, ge=100, description="Log lines kept of one attempt; what follows is counted and left out."
    )
    key: str | None = Field(
        None,
        description="Key that encrypts secret values at rest; by default one in a file beside the database. "
        "Of several, with commas between, the first encrypts and all decrypt.",
    )
    log_level: str = Field("INFO", description="Level of Orario's own log: DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("text", pattern="^(text|json)$", description="Shape of Orario's own log: text or json.")
    metrics_per_job: int = Field(
        0,
        ge=0,
        le=1000,
        description="How many jobs /metrics shows by name; the jobs that run later count as `other`.",
    )
    log_tasks: bool = Field(False, description="Whether what tasks write is told in Orario's own log too.")
    access_log: bool = Field(False, description="Whether every request is told in Orario's own log.")
    root_path: str = Field("", description="Path under which a reverse proxy shows Orario, without a trailing slash.")
    public_url: str = Field(
        "", description="Where people reach Orario, such as https://orario.example; for the links in notices."
    )
    sso_issuer: str = Field(
        "",
        description="OpenID provider by which people may sign in to the dashboard, as it calls itself; needs "
        "`orario[sso]`.",
    )
    sso_client_id: str = Field("", description="What Orario is called at the OpenID provider.")
    sso_client_secret: SecretStr = Field(SecretStr(""), description="Its secret at the OpenID provider.")
    sso_label: str = Field("Sign in with single sign-on", description="What the button of this sign-in says.")
    sso_new_users: str = Field(
        "",
        pattern="^(|viewer|operator|admin)$",
        description="Role of people whom the provider vouches for and nobody knows yet; empty: they stay outside.",
    )

    @property
    def watchdog_limit(self) -> float:
        """Seconds."""
        return self.watchdog_seconds or max(_WATCHDOG_SECONDS, 4 * self.heartbeat_seconds)

    @field_validator("heartbeat_url")
    @classmethod
    def _callable_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("celery_broker_url")
    @classmethod
    def _known_broker(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().startswith(("redis://", "rediss://", "amqp://", "amqps://", "pyamqp://")):
            raise ValueError("must start with redis://, rediss://, amqp:// or amqps://")
        return value

    @field_validator("apps", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [name.strip() for name in value.split(",") if name.strip()]
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _known_level(cls, value: object) -> object:
        level = str(value).upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        if value.partition("?")[0] in ("sqlite:///", "sqlite:///:memory:"):
            raise ValueError("must name a file, as sqlite:///orario.db does")
        return value
