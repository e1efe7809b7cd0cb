"""The moments of a compiled cron expression on the clock of a time zone, by one of three policies."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from orario.core.cron import Plan, compiled
from orario.core.errors import invalid
from orario.core.seconds import DAY, LAST
from orario.core.zones import Segment, segment_at

# A wall time that is always skipped would otherwise be looked for to the end of the calendar.
HORIZON = 100 * 366 * DAY
# No two offsets, however old, are further apart.
_WIDEST = 2 * DAY


class Dst(StrEnum):
    """What happens to a fixed time of day that the clock skips or shows twice.

    A job whose minute or hour starts with a star follows elapsed time under all three; and a change of three
    hours or more is a correction, after which the new time simply holds.
    """

    DEBIAN = "debian"
    """As man cron(8): skipped times run right after the gap, repeated ones once."""
    SKIP = "skip"
    """Skipped times do not run, repeated ones run once."""
    BOTH = "both"
    """Skipped times run right after the gap, repeated ones run twice."""


def checked_dst(dst: object) -> Dst:
    for policy in Dst:
        if dst == policy:
            return policy
    raise invalid("dst", message=f"the policies are {', '.join(Dst)}")


@dataclass(frozen=True)
class Clock:
    """How one expression deals with one zone's clock."""

    zone: str
    makes_up: bool
    """Whether wall times that were skipped run right after the gap."""
    repeats: bool
    """Whether wall times shown twice run twice."""


@lru_cache(maxsize=4096)
def prepared(expression: str, zone: str, dst: Dst) -> tuple[Plan, Clock]:
    """A normalised expression compiled for one zone and policy."""
    plan = compiled(expression)
    if not plan.fixed:
        return plan, Clock(zone, makes_up=False, repeats=True)
    return plan, Clock(zone, makes_up=dst is not Dst.SKIP, repeats=dst is Dst.BOTH)


def next_second(plan: Plan, clock: Clock, second: int) -> int | None:
    """The first moment at or after a UTC second."""
    horizon = min(second + HORIZON, LAST)
    while second <= horizon:
        segment = segment_at(clock.zone, second)
        if second == segment.start and _made_up(plan, clock, segment):
            return second
        wall = _from_wall(clock, segment, second)
        found = plan.at_or_after(wall)
        moment = found - segment.offset
        if moment < segment.end:
            return moment if moment <= LAST else None
        second = segment.end
        if second + segment.offset - wall >= _WIDEST:
            # No later segment's wall clock can go back before `wall`, so what is due is due near `moment`.
            second = max(second, moment - _WIDEST)
    return None


def count_seconds(plan: Plan, clock: Clock, first: int, last: int) -> int:
    """How many moments are in the UTC seconds [first, last)."""
    count = 0
    while first < last:
        segment = segment_at(clock.zone, first)
        wall = _from_wall(clock, segment, first)
        if first == segment.start and _made_up(plan, clock, segment):
            # The instant of the change may be a moment in its own right; it is one all the same.
            count += plan.at_or_after(wall) != segment.opens
        end = min(segment.end, last)
        count += plan.between(wall, end + segment.offset)
        first = end
    return count


def _from_wall(clock: Clock, segment: Segment, second: int) -> int:
    """The wall time from which moments count, when the clock is at a UTC second."""
    wall = second + segment.offset
    return wall if clock.repeats else max(wall, segment.resumed)


def _made_up(plan: Plan, clock: Clock, segment: Segment) -> bool:
    """Whether a moment lies in the wall times skipped on the way into a segment."""
    opens = segment.opens
    return clock.makes_up and segment.skipped < opens and plan.at_or_after(segment.skipped) < opens
