"""The parameters of queries and headers: their limits, and what means nothing."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Header, Path, Query
from pydantic import AfterValidator

from orario.api.schemas.base import in_utc
from orario.core.errors import Invalid, Outdated
from orario.core.hygiene import check_text

_FARTHEST_PAGE = 10_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _clean(text: str) -> str:
    try:
        return check_text(text)
    except Invalid as error:
        raise ValueError(error.problems[0].message) from None


def _utc(moment: datetime) -> datetime:
    return max(in_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC)), _EPOCH)


PageNumber = Annotated[int, Query(ge=1, le=_FARTHEST_PAGE, description="Page number.")]
PerPage = Annotated[int, Query(ge=1, le=100, description="Items per page.")]
YesNo = Literal["true", "false"]
Text = Annotated[str, Query(max_length=200), AfterValidator(_clean)]
Since = Annotated[datetime, Query(description="ISO 8601; without a zone it is in UTC."), AfterValidator(_utc)]
JobRef = Annotated[str, Path(description="The job's id or its slug.")]
ExecutionId = Annotated[str, Path(description="The execution's id.")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=r"^[A-Za-z0-9_.:=-]*$",
        description="`nextCursor` of the page before; `page` is then left out.",
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=200,
        description="Your name for this request: sent again, it answers with the job that it made the first time.",
    ),
    AfterValidator(lambda key: None if key is None else _clean(key)),
]
IfMatch = Annotated[
    str | None, Header(description="The ETag that your change is based on; 412 when the job has changed since.")
]


def flag(value: YesNo | None) -> bool | None:
    """The documented "true" and "false" as what they mean."""
    return None if value is None else value == "true"


def expected_version(if_match: str | None) -> int | None:
    """The version that an If-Match header asks for; None: any."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not tag.isascii() or not tag.isdigit() or len(tag) > 18:
        raise Outdated("The If-Match header is no ETag of this job")
    return int(tag)
