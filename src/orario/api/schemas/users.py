"""People who sign in, as the API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field

from orario.api.schemas.base import Moment, Shape
from orario.service.fields import Document, Flag, Name, Zone
from orario.service.people import Role
from orario.service.users import User


class UserDocument(Document):
    """A new person."""

    name: Name = Field(description="What they sign in with; capital letters do not matter.", examples=["ada"])
    role: Role
    password: str | None = Field(
        None, description="10 characters at least; without one a link lets them in, and they choose one themselves."
    )


class UserChanges(Document):
    """What is to be changed of a person."""

    role: Role | None = None
    is_blocked: Flag | None = Field(None, description="Whether they are kept out; their sessions end at once.")
    password: str | None = Field(None, description="A new password; their sessions end at once.")
    timezone: Zone | None = Field(None, description="In which they read times.")


class UserOut(Shape):
    """What may be known of a person."""

    id: UUID
    name: str
    role: Role
    has_password: bool
    is_blocked: bool
    timezone: str | None
    created_at: Moment
    created_by: str | None
    signed_in_at: Moment | None

    @classmethod
    def of(cls, one: User) -> Self:
        return cls(
            id=one.id,
            name=one.name,
            role=Role(one.role),
            has_password=one.password is not None,
            is_blocked=one.blocked_at is not None,
            timezone=one.timezone,
            created_at=one.created_at,
            created_by=one.created_by,
            signed_in_at=one.signed_in_at,
        )


class UserList(Shape):
    """People, by name."""

    users: list[UserOut]
    total: int


class LinkOut(Shape):
    """A link, shown this once."""

    path: str = Field(description="The path of the link on this server.", examples=["/sign-in/once?key=…"])
    expires_at: Moment


class SignedOut(Shape):
    """How many sessions were ended."""

    sessions: int
