"""The settings of operations: what is watched, backed up and cleaned."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orario.mail import MailServer

_PAIR = re.compile(r"([a-z0-9][a-z0-9_.-]{0,39})=(\S+)")
_TAKEN = frozenset({"postgresql", "sqlite", "redis", "storage", "smtp"})


class OpsSettings(BaseSettings):
    """Read from the environment as ORARIO_OPS_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_OPS_", extra="ignore")

    prefix: str = Field(
        "ops", description="Path before `/api/v1/scheduler`; empty puts this API there, before the native one."
    )
    trigger_wait_seconds: float = Field(
        300, gt=0, le=86_400, description="How long a trigger waits for the result before it answers without."
    )
    redis_url: SecretStr | None = Field(
        None, description="A Redis to watch, such as redis://:password@127.0.0.1:6379/0."
    )
    smtp_url: MailServer = Field(
        None, description="A mail server to watch, such as smtp://user:password@mail.example:587?tls=starttls."
    )
    urls: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list,
        description="Web addresses to watch, as name=URL with blanks or commas between; 2xx and 3xx are healthy.",
    )
    storage_folder: Path | None = Field(
        None, description="The folder to watch: written to, read from, and its free space; by default the backups'."
    )
    storage_free_mb: int = Field(
        100, ge=0, le=1_000_000_000, description="With less space free than this the storage is not healthy."
    )
    health_timeout_seconds: float = Field(5, gt=0, le=300, description="How long each watched service may take.")
    health_keep_days: int = Field(30, ge=1, le=36_500, description="How long the results of health checks are kept.")
    analytics_keep_days: int = Field(
        0, ge=0, le=36_500, description="How long the figures per job and day are kept; 0 keeps them for ever."
    )
    backup_folder: Path = Field(
        Path("backups"), description="Where backups are written; a relative path counts from a SQLite file's folder."
    )
    backup_keep: int = Field(14, ge=0, le=100_000, description="How many backups are kept, the newest; 0 keeps all.")
    backup_keep_days: int = Field(
        0, ge=0, le=36_500, description="Backups older than this are deleted, except the newest; 0 keeps them."
    )
    cleanup_folders: Annotated[list[Path], NoDecode] = Field(
        default_factory=list, description="Folders in which `cleanup` deletes old files, with colons between."
    )
    cleanup_file_days: float = Field(30, gt=0, le=36_500, description="Files in those folders are kept so long.")
    cleanup_execution_days: float = Field(
        0, ge=0, le=36_500, description="`cleanup` forgets older executions; 0 leaves them to the app retention."
    )

    @field_validator("redis_url", "storage_folder", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        # A comma may also stand inside an address.
        return [one for one in re.split(r"[\s,]+(?=[^\s,=/]+=)", value) if one] if isinstance(value, str) else value

    @field_validator("cleanup_folders", mode="before")
    @classmethod
    def _split_folders(cls, value: object) -> object:
        return [one for one in value.split(":") if one] if isinstance(value, str) else value

    @field_validator("urls")
    @classmethod
    def _are_named_addresses(cls, value: list[SecretStr]) -> list[SecretStr]:
        names = [_named(at, one.get_secret_value())[0] for at, one in enumerate(value, 1)]
        if len(set(names)) < len(names) or _TAKEN.intersection(names):
            raise ValueError(f"each needs a name of its own; taken are {', '.join(sorted(_TAKEN))}")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("cleanup_folders")
    @classmethod
    def _are_no_roots(cls, value: list[Path]) -> list[Path]:
        if any(not one.is_absolute() or one == Path(one.anchor) for one in value):
            raise ValueError("each must be an absolute path, and not that of everything")
        return value

    def named_urls(self) -> list[tuple[str, str]]:
        """The web addresses to watch, by name."""
        return [_named(at, one.get_secret_value()) for at, one in enumerate(self.urls, 1)]


def _named(at: int, text: str) -> tuple[str, str]:
    found = _PAIR.fullmatch(text)
    parts = urlsplit(found[2]) if found else None
    if found is None or parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"number {at} is not of the form name=https://host/path")
    return found[1], found[2]
