"""Why a job did, or did not, run: the answer, as the API shows it."""

from typing import Self
from uuid import UUID

from pydantic import Field

from orario.api.schemas.actions import GapOut
from orario.api.schemas.base import Moment, Shape
from orario.core.why import Answer, Cause, Kind, Verdict


class CauseOut(Shape):
    """One cause; what does not apply is null."""

    kind: Kind
    sentence: str = Field(examples=["The job was paused by ann from 2024-01-14 18:00 UTC (stock-taking)."])
    since: Moment | None
    until: Moment | None
    by: str | None = Field(examples=["ann"])
    note: str | None = Field(examples=["stock-taking"])
    execution_id: UUID | None = Field(description="The execution that stood in the way, or ran in its place.")
    instance_id: UUID | None

    @classmethod
    def of(cls, one: Cause) -> Self:
        return cls(
            kind=one.kind,
            sentence=one.sentence,
            since=one.since,
            until=one.until,
            by=one.by,
            note=one.note,
            execution_id=one.execution_id,
            instance_id=one.instance_id,
        )


class NearestMoments(Shape):
    """The moments of the job's schedule before and after the one in question."""

    before: Moment | None
    after: Moment | None


class WhyOut(Shape):
    """What became of a moment of a job, and why."""

    job_id: UUID
    job: str = Field(description="Its slug.", examples=["nightly_cleanup"])
    timezone: str = Field(examples=["Europe/Rome"])
    moment: Moment | None = Field(
        description="The due moment, or the start of what was asked for; null: there is none."
    )
    verdict: Verdict
    sentence: str = Field(
        examples=["nightly_cleanup did not run at 2024-01-15 02:00 UTC: the job was paused by ann (stock-taking)."]
    )
    headline: str = Field(
        description="The sentence without its causes.",
        examples=["nightly_cleanup did not run at 2024-01-15 02:00 UTC"],
    )
    causes: list[CauseOut] = Field(description="In the order in which they worked, the decisive one first.")
    execution: UUID | None = Field(description="What the moment became.")
    gap: GapOut | None = Field(description="The stretch of moments without executions that it lies in.")
    nearest_moments: NearestMoments

    @classmethod
    def of(cls, one: Answer) -> Self:
        return cls(
            job_id=one.job_id,
            job=one.job,
            timezone=one.timezone,
            moment=one.moment,
            verdict=one.verdict,
            sentence=one.sentence,
            headline=one.headline,
            causes=[CauseOut.of(cause) for cause in one.causes],
            execution=one.execution_id,
            gap=None if one.gap is None else GapOut.of(one.gap),
            nearest_moments=NearestMoments(before=one.before, after=one.after),
        )
