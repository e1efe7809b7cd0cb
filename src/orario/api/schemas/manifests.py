"""What applying a file changes, and how jobs differ from their code."""

from collections.abc import Sequence
from typing import Any, Self

from pydantic import Field

from orario.api.schemas.base import Shape
from orario.service.declarations import JobDiff
from orario.service.manifests import PlannedChange


class FieldPlan(Shape):
    """One field before and after."""

    before: Any
    after: Any


class PlannedOut(Shape):
    """What happens to one job."""

    slug: str
    action: str = Field(description="create or change.", examples=["change"])
    fields: dict[str, FieldPlan] = Field(description="What changes, by name.")

    @classmethod
    def of(cls, one: PlannedChange) -> Self:
        fields = {field.field: FieldPlan(before=field.before, after=field.after) for field in one.fields}
        return cls(slug=one.slug, action=one.action, fields=fields)


class PlanOut(Shape):
    """What a file changes; jobs that it does not name stay as they are."""

    changes: list[PlannedOut]
    created: int
    changed: int
    unchanged: int

    @classmethod
    def of(cls, planned: Sequence[PlannedChange]) -> Self:
        actions = [one.action for one in planned]
        return cls(
            changes=[PlannedOut.of(one) for one in planned if one.action != "unchanged"],
            created=actions.count("create"),
            changed=actions.count("change"),
            unchanged=actions.count("unchanged"),
        )


class FieldDiff(Shape):
    """One field as the code has it, and as it is."""

    code: Any
    now: Any


class JobDiffOut(Shape):
    """How a job differs from what its app's code declares."""

    slug: str
    app: str | None
    is_deleted: bool = Field(description="Whether somebody deleted it.")
    changes: dict[str, FieldDiff] = Field(description="The fields that differ, by name.")

    @classmethod
    def of(cls, one: JobDiff) -> Self:
        changes = {field.field: FieldDiff(code=field.before, now=field.after) for field in one.fields}
        return cls(slug=one.slug, app=one.app, is_deleted=one.is_deleted, changes=changes)


class DiffList(Shape):
    """The jobs that differ from their code."""

    jobs: list[JobDiffOut]
    total: int
