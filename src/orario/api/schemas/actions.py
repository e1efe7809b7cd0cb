"""What actions answer, and the bodies that belong to the API alone."""

from collections.abc import Sequence
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from orario.api.schemas.base import Moment, Paging, Shape
from orario.core.planning import Gap, Reason
from orario.service.bulk import BulkResult
from orario.service.fields import Document, Tree
from orario.service.running import BackfillView


class Triggered(Shape):
    """What a trigger opened."""

    job_id: UUID
    execution_id: UUID
    celery_task_id: str
    message: str = Field(examples=["Job triggered successfully"])


class RetryDocument(Document):
    """How a new run differs from the one that it repeats."""

    task_args: Tree | None = None


class ExecutionsBulkDocument(Document):
    """One action on many executions."""

    action: Literal["cancel", "retry"]
    execution_ids: list[UUID] = Field(min_length=1, max_length=1000)


class BackfillOut(Shape):
    """What a backfill opened, or would open."""

    moments: list[Moment] = Field(description="The due moments of the stretch.")
    opened: int
    skipped: int = Field(description="Moments that had an execution already.")
    dry_run: bool

    @classmethod
    def of(cls, one: BackfillView) -> Self:
        return cls(moments=one.moments, opened=one.opened, skipped=one.skipped, dry_run=one.is_dry_run)


class GapOut(Shape):
    """A stretch of due moments that did not become executions."""

    reason: Reason
    first: Moment = Field(alias="from")
    last: Moment = Field(alias="to")
    count: int

    @classmethod
    def of(cls, one: Gap) -> Self:
        return cls(reason=one.reason, first=one.first, last=one.last, count=one.count)


class _GapRows(Shape):
    gaps: list[GapOut]
    total: int


class GapList(Paging, _GapRows):
    """Gaps, the newest first."""


class Moments(Shape):
    """Moments to come."""

    moments: list[Moment]


class BulkRow(Shape):
    """What became of one of many."""

    id: str = Field(description="As it was sent.")
    ok: bool
    detail: str | None = Field(description="Why it was refused.")


class BulkOut(Shape):
    """What became of each, in the order in which they were sent."""

    results: list[BulkRow]
    succeeded: int
    failed: int

    @classmethod
    def of(cls, results: Sequence[BulkResult]) -> Self:
        rows = [BulkRow(id=one.ref, ok=one.is_done, detail=one.message) for one in results]
        done = sum(row.ok for row in rows)
        return cls(results=rows, succeeded=done, failed=len(rows) - done)
