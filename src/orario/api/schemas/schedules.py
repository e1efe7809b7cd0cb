"""Previews of schedules and calendars, as the API shows them."""

from datetime import date
from typing import Self

from pydantic import Field

from orario.api.schemas.base import Moment, Seconds, Shape, plain_seconds
from orario.service.fields import Day, Document, Note
from orario.service.schedules import Calendar, ClockChange, Preview


class ClockChangeOut(Shape):
    """A moment at which the zone's clock is set forward or back."""

    at: Moment
    by_seconds: Seconds

    @classmethod
    def of(cls, one: ClockChange) -> Self:
        return cls(at=one.at, by_seconds=plain_seconds(one.by) or 0)


class PreviewOut(Shape):
    """What a schedule means."""

    sentence: str | None = Field(examples=["every Monday at 08:00, Europe/Rome"])
    moments: list[Moment] = Field(description="When it fires next.")
    timezone: str
    clock_changes: list[ClockChangeOut] = Field(description="Those that lie between these moments.")

    @classmethod
    def of(cls, one: Preview) -> Self:
        return cls(
            sentence=one.sentence,
            moments=one.moments,
            timezone=one.timezone,
            clock_changes=[ClockChangeOut.of(change) for change in one.clock_changes],
        )


class CalendarDocument(Document):
    """The dates of a calendar; they take the place of those that it had."""

    description: Note | None = None
    dates: list[Day] = Field(max_length=10_000)


class CalendarOut(Shape):
    """A named set of dates on which jobs may choose not to run."""

    name: str
    description: str | None
    dates: list[date]
    updated_at: Moment

    @classmethod
    def of(cls, one: Calendar) -> Self:
        return cls(name=one.name, description=one.description, dates=list(one.dates), updated_at=one.updated_at)


class CalendarList(Shape):
    """The calendars, by name."""

    calendars: list[CalendarOut]
    total: int
