"""How executions went day by day, as the API shows it."""

from datetime import date
from typing import Self

from pydantic import Field

from orario.api.schemas.base import Shape
from orario.core.buckets import Spread
from orario.core.execution import State
from orario.service.executions import Day


class SpreadOut(Shape):
    """Many lengths of time, in seconds. Percentiles are as exact as buckets: about a factor of two."""

    count: int
    average_seconds: float | None
    p50_seconds: float | None
    p90_seconds: float | None
    p99_seconds: float | None
    longest_seconds: float | None

    @classmethod
    def of(cls, one: Spread) -> Self:
        return cls(
            count=one.count,
            average_seconds=one.average,
            p50_seconds=one.percentile(0.5),
            p90_seconds=one.percentile(0.9),
            p99_seconds=one.percentile(0.99),
            longest_seconds=one.longest if one.count else None,
        )


class DayOut(Shape):
    """What was opened on one day, in UTC, and has ended."""

    day: date
    counts: dict[State, int] = Field(description="How many executions ended in each way.")
    attempts: int
    passed_over: int = Field(description="Due moments that became part of a gap; excluded ones were never due.")
    durations: SpreadOut = Field(description="How long the successful ones took.")
    lags: SpreadOut = Field(description="How late they started, where the schedule opened them.")

    @classmethod
    def of(cls, one: Day) -> Self:
        return cls(
            day=one.day,
            counts=one.counts,
            attempts=one.attempts,
            passed_over=one.passed_over,
            durations=SpreadOut.of(one.durations),
            lags=SpreadOut.of(one.lags),
        )


class DailyOut(Shape):
    """Every day of a stretch, the first one first."""

    days: list[DayOut]
    total: int = Field(description="How many days.")
