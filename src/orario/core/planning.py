"""Decides what a job's due moments become: executions, or gaps with a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from orario.core.policy import Misfire, Policy
from orario.core.timetable import Timetable

_INSTANT = timedelta(microseconds=1)


class Reason(StrEnum):
    """Why due moments did not become executions."""

    PAUSED = "paused"
    MISSED = "missed"
    EXCLUDED = "excluded"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of due moments, from the first to the last, that did not become executions."""

    first: datetime
    last: datetime
    count: int
    reason: Reason


class Plan(NamedTuple):
    """What follows from one look at the clock; a tuple, for every firing makes one.

    `position` is the last moment now accounted for.
    """

    moments: tuple[datetime, ...]
    gaps: tuple[Gap, ...]
    position: datetime
    next_at: datetime | None


def plan(timetable: Timetable, policy: Policy, position: datetime, next_at: datetime, now: datetime) -> Plan:
    """What the moments in (position, now] become; `next_at`, the first of them, is due.

    Next moments follow from the previous moment, never from `now`.
    """
    following = timetable.next(next_at)
    if following is None or following > now:
        moments: tuple[datetime, ...] = (next_at,) if _runs(policy, next_at, now) else ()
        if moments and not timetable.excluded:  # the common case: one moment, on time
            return Plan(moments, (), next_at, following)
        last = next_at
    else:
        last = timetable.latest(next_at, now) or next_at
        moments = _late(timetable, policy, position, last, now)
        following = timetable.next(last)
    return Plan(moments, tuple(_gaps(timetable, position, moments, last)), last, following)


def pass_over(timetable: Timetable, position: datetime, until: datetime, reason: Reason) -> Iterator[Gap]:
    """The gaps that account for (position, until] when none of its moments may run."""
    last = timetable.latest(position, until)
    if last is not None:
        yield _gap(timetable, position, last, reason)
    yield from _excluded(timetable, position, until)


def _runs(policy: Policy, moment: datetime, now: datetime) -> bool:
    if policy.misfire is Misfire.NONE:
        return moment >= now - policy.misfire_grace
    if policy.misfire is Misfire.ALL:
        return moment >= now - max(policy.misfire_window, policy.misfire_grace)
    return True


def _late(
    timetable: Timetable, policy: Policy, position: datetime, last: datetime, now: datetime
) -> tuple[datetime, ...]:
    """Which of several due moments still run."""
    reach = policy.misfire_window if policy.misfire is Misfire.ALL else timedelta(0)
    since = max(position, now - max(reach, policy.misfire_grace) - _INSTANT)
    moments = _newest(timetable, since, last, policy.misfire_cap)
    if not moments and policy.misfire is Misfire.LATEST:
        return (last,)
    return moments


def _newest(timetable: Timetable, since: datetime, last: datetime, cap: int) -> tuple[datetime, ...]:
    """The newest `cap` moments in (since, last]."""
    surplus = timetable.count(since, last) - cap
    if surplus > 0:
        since = _skip(timetable, since, last, surplus)
    return tuple(islice(timetable.fires(since), min(cap, timetable.count(since, last))))


def _skip(timetable: Timetable, since: datetime, last: datetime, surplus: int) -> datetime:
    """The moment before which exactly `surplus` moments of (since, last] have passed."""
    low, high = since, last
    while high - low > _INSTANT:
        middle = low + (high - low) / 2
        if timetable.count(since, middle) >= surplus:
            high = middle
        else:
            low = middle
    return high


def _gaps(timetable: Timetable, position: datetime, moments: tuple[datetime, ...], last: datetime) -> Iterator[Gap]:
    until = moments[0] - _INSTANT if moments else last
    dropped = timetable.latest(position, until)
    if dropped is not None:
        yield _gap(timetable, position, dropped, Reason.MISSED)
    yield from _excluded(timetable, position, last)


def _gap(timetable: Timetable, position: datetime, last: datetime, reason: Reason) -> Gap:
    first = timetable.next(position)
    assert first is not None
    return Gap(first, last, timetable.count(position, last), reason)


def _excluded(timetable: Timetable, position: datetime, until: datetime) -> Iterator[Gap]:
    if not timetable.excluded:
        return
    count = timetable.excluded_count(position, until)
    if count:
        first, last = timetable.excluded_span(position, until)
        yield Gap(first, last, count, Reason.EXCLUDED)
