"""The shapes of errors, and which of them each kind of route may answer."""

from typing import Any

from pydantic import BaseModel, Field


class Error(BaseModel):
    """What went wrong, in a sentence."""

    detail: str = Field(description="Error message describing what went wrong.")


class Place(BaseModel):
    """One thing that is wrong with the request."""

    loc: list[str | int] = Field(
        description='Where: first "body", "query" or "path", then the way to the value.',
        examples=[["body", "scheduleConfig", "hours"]],
    )
    msg: str = Field(description="What is wrong, in words.", examples=["value is not a valid integer"])
    type: str = Field(description="The same in a machine's word.", examples=["type_error.integer"])


class ValidationErrors(BaseModel):
    """Everything that is wrong with the request. What was sent is not repeated."""

    detail: list[Place]


Responses = dict[int | str, dict[str, Any]]

_SENTENCES = {
    401: ("Missing or invalid authentication", "Send a token: Authorization: Bearer <token>"),
    403: ("Insufficient permissions", "This needs the role admin; yours is viewer"),
    404: ("The resource does not exist", "There is no job nightly_report"),
    409: ("The operation conflicts with the current state", "The job is disabled; enable it before triggering it"),
    412: ("The job was changed by somebody else in the meantime", "The job is at version 4 by now, not 3"),
    413: ("The body is too large", "The body is larger than 1048576 bytes"),
    415: ("The body is of another kind", "Send the body with the header Content-Type: application/json"),
    503: ("The database does not answer", "The database does not answer; try again in a moment"),
}


def errors(*statuses: int) -> Responses:
    """The documentation of these errors, by status."""
    return {status: _described(status) for status in sorted(statuses)}


def _described(status: int) -> dict[str, Any]:
    if status == 422:
        return {"model": ValidationErrors, "description": "Validation error; nothing was stored"}
    description, example = _SENTENCES[status]
    answer: dict[str, Any] = {
        "model": Error,
        "description": description,
        "content": {"application/json": {"example": {"detail": example}}},
    }
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Always `Bearer`."}}
    return answer


ALWAYS = errors(401, 403, 503)
