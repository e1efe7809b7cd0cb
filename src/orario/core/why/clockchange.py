"""What daylight saving did to a moment: a wall time that was skipped, or shown twice."""

from datetime import datetime, timedelta

from orario.core.cron import Plan
from orario.core.cronzone import prepared
from orario.core.schedule import Cron, Dst
from orario.core.seconds import floor_second, moment_of
from orario.core.why.asked import Asked
from orario.core.why.causes import Cause, Kind
from orario.core.why.facts import Facts
from orario.core.why.saying import when
from orario.core.zones import Segment, local_date_time, segment_at


def clock_change(facts: Facts) -> Cause | None:
    """The part that a change of the zone's clock has in it, if any."""
    timetable = facts.standing.timetable
    schedule = timetable.schedule
    if not isinstance(schedule, Cron):
        return _no_such_time(facts.asked, timetable.timezone)
    zone = schedule.timezone or timetable.timezone
    plan, clock = prepared(schedule.expression, zone, schedule.dst)
    second = floor_second((facts.moment or facts.asked.low) - timetable.offset)
    segment = segment_at(zone, second)
    if second == segment.start and (skipped := _skipped(plan, segment)) is not None:
        return _said_of_skipped(skipped, segment, zone, schedule.dst, made_up=clock.makes_up)
    if facts.moment is None and not clock.repeats and (shown := _shown_again(plan, segment, second, facts.asked)):
        return _said_of_repeated(shown, segment, zone, schedule.dst)
    return _no_such_time(facts.asked, zone)


def _skipped(plan: Plan, segment: Segment) -> int | None:
    """The first wall time of a fixed schedule that the clock jumped over on its way into a segment."""
    if not plan.fixed or segment.skipped >= segment.opens:
        return None
    wall = plan.at_or_after(segment.skipped)
    return wall if wall < segment.opens else None


def _shown_again(plan: Plan, segment: Segment, second: int, asked: Asked) -> int | None:
    """The schedule's wall time in what was asked about, if the clock had shown it before."""
    wall = second + segment.offset
    found = plan.at_or_after(wall)
    length = (asked.high - asked.low) // timedelta(seconds=1) or 1
    return found if found < min(wall + length, segment.resumed) else None


def _said_of_skipped(skipped: int, segment: Segment, zone: str, dst: Dst, *, made_up: bool) -> Cause:
    jump = f"the clock in {zone} jumped from {_hand(segment.skipped)} to {_hand(segment.opens)}"
    then = f"is made up for right after, at {when(moment_of(segment.start), zone)}" if made_up else "does not run"
    clause = f"{jump} and never showed {_hand(skipped)}, which by the policy `{dst}` {then}"
    return Cause(Kind.CLOCK_CHANGE, clause, since=moment_of(segment.start))


def _said_of_repeated(shown: int, segment: Segment, zone: str, dst: Dst) -> Cause:
    before = segment_at(zone, segment.start - 1)
    first = moment_of(shown - before.offset)
    clause = (
        f"the clock in {zone} showed {_hand(shown)} twice that day, and by the policy `{dst}` it runs the first time"
        f" only, at {when(first, zone)}"
    )
    return Cause(Kind.CLOCK_CHANGE, clause, since=first)


def _no_such_time(asked: Asked, zone: str) -> Cause | None:
    if asked.wall is None or local_date_time(zone, asked.low) == asked.wall:
        return None
    clause = f"the clock in {zone} never showed {_time(asked.wall)} that day; the next it showed is meant"
    return Cause(Kind.CLOCK_CHANGE, clause, since=asked.low)


def _hand(wall: int) -> str:
    return _time(moment_of(wall))


def _time(wall: datetime) -> str:
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
