"""Reads credentials from a source: a file or a URL that holds them as JSON."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orario import OrarioError
from orario.apps.agent.calling import UNANSWERED, calling, words_of
from orario.apps.agent.settings import AgentSettings

_LARGEST = 16 * 1024 * 1024


class NoSource(OrarioError):
    """The source of the credentials could not be read."""


class Offered(BaseModel):
    """One credential as a source has it."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    name: str = Field(min_length=1, max_length=200)
    provider: str = Field(min_length=1, max_length=200)
    secret: str = Field(min_length=1, max_length=65_536)
    check_url: str | None = Field(None, alias="checkUrl", pattern="^https?://", max_length=2000)
    header: str = Field("Authorization", pattern="^[A-Za-z0-9-]{1,100}$")
    expires_at: datetime | None = Field(None, alias="expiresAt")

    @property
    def expires(self) -> datetime | None:
        """Aware; a time without a zone is in UTC."""
        if self.expires_at is None:
            return None
        return self.expires_at if self.expires_at.tzinfo else self.expires_at.replace(tzinfo=UTC)


@dataclass
class Read:
    """What a source has: the good entries by name, the complaints about the others, and the names of those."""

    good: dict[str, Offered] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    is_nameless: bool = False  # whether an entry does not even have a name


async def read(settings: AgentSettings) -> Read:
    """Raises NoSource."""
    text = await _text(settings)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NoSource("what the source holds is not JSON") from None
    entries = found.get("credentials") if isinstance(found, Mapping) else found
    if not isinstance(entries, list):
        raise NoSource("the source holds no list of credentials")
    return sorted_out(entries)


def sorted_out(entries: list[Any]) -> Read:
    """The entries that can be used, and what is wrong with the others; their values are not repeated."""
    read = Read()
    for at, entry in enumerate(entries):
        try:
            one = Offered.model_validate(entry)
        except ValidationError as error:
            read.complaints += [f"entry {at}: {sentence}" for sentence in _sentences(error)]
            name = entry.get("name") if isinstance(entry, Mapping) else None
            if isinstance(name, str) and name:
                read.doubtful.add(name)
            else:
                read.is_nameless = True
            continue
        if one.name in read.good:
            read.complaints.append(f"entry {at}: there is one of the same name before it")
            continue
        read.good[one.name] = one
    return read


async def _text(settings: AgentSettings) -> str:
    where = settings.orario_agent_credentials_source
    if not where.startswith(("http://", "https://")):
        return await asyncio.to_thread(_of_file, where)
    token = settings.orario_agent_credentials_token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    try:
        async with calling(settings) as client, client.get(where, headers=headers) as answer:
            content = await answer.content.read(_LARGEST + 1) if answer.ok else b""
            while content and len(content) <= _LARGEST and (more := await answer.content.read(_LARGEST)):
                content += more
            if not answer.ok or len(content) > _LARGEST:
                raise NoSource(f"the source answered {answer.status} with {len(content)} bytes")
            return content.decode("utf-8")
    except UnicodeDecodeError:
        raise NoSource("what the source holds is not UTF-8") from None
    except UNANSWERED as error:
        raise NoSource(f"the source did not answer: {words_of(error)}") from None


def _of_file(where: str) -> str:
    try:
        return Path(where.removeprefix("file://")).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise NoSource(f"the file {where} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _sentences(error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(part) for part in one["loc"])
        yield f"{place}: {one['msg']}" if place else one["msg"]
