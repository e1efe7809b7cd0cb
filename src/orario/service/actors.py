"""Who asks, and how much they may do."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; each may do all that those before it may."""

    VIEWER = "viewer"  # reads
    OPERATOR = "operator"  # also triggers, cancels, pauses, resumes
    ADMIN = "admin"  # all

    def covers(self, other: "Role") -> bool:
        """Whether whoever has this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True)
class Actor:
    """The person or program behind a request. `id` is the token's; None: Orario itself, or its owner."""

    id: str | None
    name: str
    role: Role

    @property
    def signature(self) -> str | None:
        """How it stands in `createdBy`, `updatedBy` and `triggeredByUserId`; null for what an app declared."""
        return None if self == SYSTEM else self.name


SYSTEM = Actor(None, "system", Role.ADMIN)
