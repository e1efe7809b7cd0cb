"""The types of an HTTP job's arguments; what does not fit them is refused when the job is declared."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema
from yarl import URL

# The framing of a request is the client's; a header that contradicts it would smuggle a second one.
_OURS = frozenset({"content-length", "transfer-encoding", "connection", "upgrade"})
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_STATUS = re.compile(r"[1-5](xx|[0-9][0-9])")
_ONE_STATUS = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": "^[1-5](xx|[0-9][0-9])$"},
    ]
}
_STATUSES = {"anyOf": [*_ONE_STATUS["anyOf"], {"type": "array", "minItems": 1, "maxItems": 50, "items": _ONE_STATUS}]}
_LINE_END = re.compile(r"[\x00\r\n]")


def _checked_url(value: str) -> str:
    # No message repeats the address: it may hold a password.
    if _UNPRINTABLE.search(value):
        raise ValueError("a URL has no spaces and no control characters; write them as %20 and so on")
    try:
        url = URL(value)
        port = url.port
    except ValueError:
        raise ValueError("this is not a URL") from None
    if url.scheme not in ("http", "https"):
        raise ValueError("the URL must start with http:// or https://")
    if not url.host or not port:
        raise ValueError("the URL names no host, or a port that cannot be")
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _checked_statuses(value: object) -> object:
    wanted = value if isinstance(value, list) else [value]
    if not 1 <= len(wanted) <= 50 or not all(map(_is_status, wanted)):
        raise ValueError('expected are a status such as 204, a class such as "2xx", or a list of these')
    return value


def _is_status(value: object) -> bool:
    return isinstance(value, int | str) and _STATUS.fullmatch(str(value)) is not None


def _checked_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError("a header's name consists of letters, digits and -")
        if name.lower() in _OURS:
            raise ValueError(f"the header {name} is set by Orario itself")
        if _LINE_END.search(value):
            raise ValueError(f"the header {name} holds a line end")
    return headers


Url = Annotated[str, Field(min_length=1, max_length=8192), AfterValidator(_checked_url)]
Method = Annotated[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], BeforeValidator(_upper)]
Headers = Annotated[dict[str, str], Field(max_length=100), AfterValidator(_checked_headers)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
# One validator instead of a union of types: the error then has one place and one sentence.
Statuses = Annotated[int | str | list[int | str], PlainValidator(_checked_statuses), WithJsonSchema(_STATUSES)]


def meets(status: int, expected: Statuses) -> bool:
    """Whether a status is one of the expected: 204, "204", "2xx", or any of a list."""
    if isinstance(expected, list):
        return any(meets(status, one) for one in expected)
    return str(status) == str(expected) or f"{status // 100}xx" == expected


def in_words(expected: Statuses) -> str:
    return " or ".join(map(str, expected)) if isinstance(expected, list) else str(expected)
