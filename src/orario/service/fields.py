"""The kinds of value that documents are made of, each checked where it stands."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from orario.core.errors import Invalid
from orario.core.hygiene import LONGEST_KEY, LONGEST_NAME, LONGEST_TEXT, check_text
from orario.core.zones import checked_zone

LONGEST_SECONDS = 10 * 365 * 86_400
LONGEST_DAYS = 36_500


class Document(BaseModel):
    """What somebody sends: camelCase names, no others, no NaN."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        serialize_by_alias=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _keys_are_sane(cls, data: Any) -> Any:
        return _sane_keys(data)


def _sane_keys(data: Any) -> Any:
    # Before pydantic puts an unknown key into its answer.
    if isinstance(data, dict):
        for key in data:
            if not isinstance(key, str) or len(key) > LONGEST_KEY or not key.isprintable():
                raise PydanticCustomError("value_error", "a key holds what no key may hold")
    return data


def _checked(check: Callable[[Any], Any]) -> AfterValidator:
    """Our own refusal, in pydantic's words."""

    def validate(value: Any) -> Any:
        try:
            return check(value)
        except Invalid as error:
            raise PydanticCustomError("value_error", "{reason}", {"reason": error.problems[0].message}) from None

    return AfterValidator(validate)


def _matching(pattern: str, message: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def validate(value: str) -> str:
        if not compiled.fullmatch(value):
            raise PydanticCustomError("value_error", "{reason}", {"reason": message})
        return value

    return AfterValidator(validate)


def _date(value: Any) -> Any:
    if isinstance(value, date):  # YAML reads a date as one
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise PydanticCustomError("value_error.date", "a date is written as 2026-12-24")
    return value


def _time_text(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str) or len(value) > 64 or not value.isprintable():
        raise PydanticCustomError("value_error.datetime", "a time is written in ISO 8601, as 2026-12-24T08:00:00Z")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("float_type", "Input should be a valid number")
    if abs(value) > 2**63:
        raise PydanticCustomError("value_error", "the number is too large")
    return value


Name = Annotated[str, _checked(lambda text: check_text(text, longest=LONGEST_NAME, empty=False))]
Note = Annotated[str, _checked(lambda text: check_text(text, longest=LONGEST_TEXT, lines=True))]
Slug = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}",
        "a slug has letters, digits, _ . and - only, starts with a letter or digit, and has at most 100 characters",
    ),
    _matching(
        r"(?![0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}$).*",
        "a slug must not look like an id; choose another",
    ),
]
QueueName = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}",
        "the name of a queue has letters, digits, _ . : and - only, and at most 100 characters",
    ),
]
CalendarName = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}",
        "the name of a calendar has letters, digits, _ . and - only, and at most 100 characters",
    ),
]
Zone = Annotated[str, _checked(checked_zone)]
Flag = StrictBool
Id = Annotated[StrictInt, Field(ge=1, le=2**63 - 1)]
Day = Annotated[date, BeforeValidator(_date)]
Time = Annotated[str, BeforeValidator(_time_text)]
Seconds = Annotated[float, BeforeValidator(_number), Field(ge=0, le=LONGEST_SECONDS)]
SomeSeconds = Annotated[float, BeforeValidator(_number), Field(gt=0, le=LONGEST_SECONDS), Field(ge=0.001)]
SomeDays = Annotated[float, BeforeValidator(_number), Field(gt=0, le=LONGEST_DAYS)]
Share = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1)]
Tree = Annotated[dict[str, Any], BeforeValidator(_sane_keys)]
