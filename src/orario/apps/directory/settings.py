"""The settings of the directory: where it is, who we are there, and what is read."""

import re
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orario.apps.directory.flavours import ATTRIBUTE, GROUP_FIELDS, USER_FIELDS, Kind, Tls

_BETWEEN = re.compile(r"[\s,]+")
_URL = re.compile(r"ldaps?://[^/\s:]+(:\d{1,5})?/?", re.I)
_MAP = 'as JSON, such as {"email": "mail"}'


class DirectorySettings(BaseSettings):
    """Read from the environment as ORARIO_DIRECTORY_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORARIO_DIRECTORY_", extra="ignore")

    prefix: str = Field("directory", description="Path under which the app's routes stand.")
    urls: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="The directory's servers, ldap:// or ldaps://, with blanks or commas between; the first that "
        "answers is asked. Empty: the app's jobs do nothing, and say so.",
    )
    kind: Kind = Field(Kind.AUTO, description="Whether it is Active Directory (ad) or another LDAP server (ldap).")
    tls: Tls = Field(Tls.STARTTLS, description="Whether ldap:// goes over to TLS (starttls) or stays plain (none).")
    verify: bool = Field(True, description="Whether the server's certificate is checked.")
    ca_file: str | None = Field(None, description="File of the certificate authority that signed it.")
    user: str | None = Field(None, description="The service account: a distinguished name, or name@domain.")
    password: SecretStr | None = Field(
        None, description="Its password, or ${secret:NAME} for one kept by `orario secrets set NAME`."
    )
    base: str = Field("", description="Where the search starts, such as DC=example,DC=org; by default all of it.")
    users_base: str | None = Field(None, description="Where users are looked for, if not everywhere.")
    users_filter: str | None = Field(None, description="Which entries are users; by default as the kind has them.")
    users_attributes: dict[str, str] = Field(
        default_factory=dict, description=f"Attributes of users that have other names, {_MAP}."
    )
    groups_base: str | None = Field(None, description="Where groups are looked for, if not everywhere.")
    groups_filter: str | None = Field(None, description="Which entries are groups; by default as the kind has them.")
    groups_attributes: dict[str, str] = Field(
        default_factory=dict, description=f"Attributes of groups that have other names, {_MAP}."
    )
    track: str | None = Field(
        None,
        description="Attribute that changes with an entry: uSNChanged, whenChanged, entryCSN, modifyTimestamp; by "
        "default as the kind has it.",
    )
    page_size: int = Field(500, ge=1, le=10_000, description="Entries in one answer of the directory.")
    timeout_seconds: float = Field(30.0, gt=0, le=600, description="How long the directory may take for an answer.")
    max_gone_share: float = Field(
        0.1, ge=0, le=1, description="A run that would disable a larger share of the users or groups is refused."
    )
    max_gone_free: int = Field(5, ge=0, description="So many may go at once whatever share that is.")
    stale_days: int = Field(90, ge=1, le=36_500, description="Accounts nobody has used for so long are reported.")
    retention_days: int = Field(90, ge=1, le=36_500, description="Days for which the changes of syncs are kept.")

    @field_validator("urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [one for one in _BETWEEN.split(value) if one] if isinstance(value, str) else value

    @field_validator("urls")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        for at, url in enumerate(value, 1):
            if not _URL.fullmatch(url):
                raise ValueError(f"number {at} must be like ldap://dc1.example.org or ldaps://dc1.example.org:636")
        return value

    @field_validator("users_filter", "groups_filter")
    @classmethod
    def _is_filter(cls, value: str | None) -> str | None:
        if value and not (value.startswith("(") and value.endswith(")") and value.count("(") == value.count(")")):
            raise ValueError("must be an LDAP filter in parentheses, such as (objectClass=person)")
        return value or None

    @field_validator("users_attributes", "groups_attributes")
    @classmethod
    def _known_fields(cls, value: dict[str, str], info: object) -> dict[str, str]:
        known = USER_FIELDS if getattr(info, "field_name", "") == "users_attributes" else GROUP_FIELDS
        if unknown := sorted(value.keys() - set(known)):
            raise ValueError(f"{unknown[0]} is none of {', '.join(known)}")
        if any(not ATTRIBUTE.fullmatch(one) for names in value.values() for one in names.split(",")):
            raise ValueError("must name attributes; several, of which the first that is there counts, by commas")
        return value

    @field_validator("track")
    @classmethod
    def _is_attribute(cls, value: str | None) -> str | None:
        if value and not ATTRIBUTE.fullmatch(value):
            raise ValueError("must name an attribute")
        return value or None

    @field_validator("user", "ca_file", "users_base", "groups_base", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None
