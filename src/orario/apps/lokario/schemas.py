"""What the shapes of the app's API share."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from orario.mail import Letter, MailRefused

_FIRST, _LAST = date(1990, 1, 1), date(2200, 1, 1)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("must be one line of text")
    return text.strip()


def _address(text: str) -> str:
    try:
        Letter(to=text, subject="", text="")
    except MailRefused:
        raise ValueError("is no mail address, such as ann@example.org") from None
    return text


def _sane(day: date) -> date:
    if not _FIRST <= day <= _LAST:
        raise ValueError(f"must be between {_FIRST} and {_LAST}")
    return day


Moment = Annotated[
    datetime, PlainSerializer(_iso, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]
OneLine = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
Email = Annotated[str, Field(min_length=3, max_length=320), AfterValidator(_line), AfterValidator(_address)]
Day = Annotated[date, AfterValidator(_sane)]


class Shape(BaseModel):
    """What is answered."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


class Document(BaseModel):
    """What is sent: unknown fields are refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def without_nulls(given: Mapping[str, Any], *nullable: str) -> dict[str, Any]:
    """Fields that may be left out but not emptied: a null means that they stay."""
    return {name: value for name, value in given.items() if value is not None or name in nullable}
