"""Named secrets, as the API shows them: never their values."""

from typing import Self

from pydantic import Field

from orario.api.schemas.base import Moment, Paging, Shape
from orario.service.secrets import Rotation, SecretView

_MOST_USERS = 100


class SecretOut(Shape):
    """What may be known of a secret."""

    name: str = Field(examples=["till_token"])
    description: str | None
    created_at: Moment
    created_by: str | None
    updated_at: Moment
    updated_by: str | None
    last_used_at: Moment | None = Field(description="When an attempt was given it, to the minute.")
    used_by: list[str] = Field(description=f"The slugs of the jobs that refer to it, {_MOST_USERS} at most.")
    used_by_count: int = Field(description="How many jobs refer to it.")

    @classmethod
    def of(cls, one: SecretView) -> Self:
        row = one.row
        return cls(
            name=row.name,
            description=row.description,
            created_at=row.created_at,
            created_by=row.created_by,
            updated_at=row.updated_at,
            updated_by=row.updated_by,
            last_used_at=row.last_used_at,
            used_by=one.used_by[:_MOST_USERS],
            used_by_count=len(one.used_by),
        )


class _Secrets(Shape):
    secrets: list[SecretOut]
    total: int


class SecretList(Paging, _Secrets):
    """The secrets, by name."""


class RotationOut(Shape):
    """What came of encrypting everything anew."""

    renewed: int = Field(description="How many stored values are encrypted with the first key only now.")
    unreadable: list[str] = Field(description="Where values stand that none of the keys opens.")

    @classmethod
    def of(cls, one: Rotation) -> Self:
        return cls(renewed=one.renewed, unreadable=one.unreadable)
