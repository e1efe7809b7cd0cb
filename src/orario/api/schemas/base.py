"""What all answers share: camelCase names, moments in UTC with milliseconds, seconds without needless decimals."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

EXAMPLE_MOMENT = "2024-01-15T11:00:00.000Z"


class Shape(BaseModel):
    """An answer of the API."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True, protected_namespaces=()
    )


def iso(moment: datetime) -> str:
    """`2024-01-15T11:00:00.000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def plain_seconds(length: timedelta | None) -> int | float | None:
    """5 for five seconds, 5.2 for a little more; None stays None."""
    if length is None:
        return None
    seconds = length.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC; at the edges of the calendar there may be none."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time is outside the calendar") from None


Moment = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE_MOMENT]}),
]
Seconds = int | float


class Paging(Shape):
    """What lists tell of their pages, after what is documented."""

    page: int
    per_page: int


class CursorPaging(Paging):
    """The same of lists whose every page names the next."""

    next_cursor: str | None = Field(
        description="Send it as `cursor` for the rows after these: pages found so stay fast however deep."
    )
