"""Time zones as segments of constant offset: what the wall clock shows, repeats and skips."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from orario.core.errors import invalid
from orario.core.seconds import DAY, LAST, floor_second, moment_of

# A chunk is the stretch of time whose transitions are looked up (and remembered) together: 388 days.
CHUNK_BITS = 25
CHUNK = 1 << CHUNK_BITS
# Debian's cron takes a change of the clock by this much for a correction, not for daylight saving.
CORRECTION = 3 * 3600
# No two changes of a clock in the IANA data are closer to each other (Freetown 1939: 95 hours).
_STRIDE = 3 * DAY

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}")
# These depend on the machine, or are no place at all.
_NOT_ZONES = frozenset({"localtime", "Factory"})


class Segment(NamedTuple):
    """A stretch [start, end) of UTC seconds during which local time is UTC plus one offset."""

    start: int
    end: int
    offset: int
    skipped: int
    """The wall time from which the clock jumped to this segment's first; that itself if none was skipped."""
    resumed: int
    """The wall time at which the clock shows something new; the segment's first if nothing repeats."""

    @property
    def opens(self) -> int:
        """The first wall time of this segment."""
        return self.start + self.offset


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES


def checked_zone(name: object) -> str:
    """The name, if there is such a time zone."""
    # The pattern comes first: a name from outside is never made into a path.
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid("timezone", message="a time zone is a name such as Europe/Rome or UTC")
    if name not in zone_names():
        raise invalid("timezone", message=f"unknown time zone '{name}'; Europe/Rome and UTC are known ones")
    return name


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(checked_zone(name))


def local_date_time(zone: str, moment: datetime) -> datetime:
    """What clock and calendar on the wall show at a moment."""
    return moment.astimezone(_zone(zone)).replace(tzinfo=None)


def segment_at(zone: str, second: int) -> Segment:
    """The segment that holds a UTC second."""
    for segment in segments(zone, second >> CHUNK_BITS):
        if second < segment.end:
            return segment
    raise AssertionError("the segments of a chunk cover it")


@lru_cache(maxsize=8192)
def segments(zone: str, chunk: int) -> tuple[Segment, ...]:
    """The segments of one chunk, in order, without holes."""
    first = chunk << CHUNK_BITS
    # A day earlier, since a repeated hour may reach into the chunk.
    start, end = first - DAY, first + CHUNK
    offset = _offset(zone, start)
    current = Segment(start, end, offset, start + offset, start + offset)
    found: list[Segment] = []
    for second, shifted in _changes(zone, start, end):
        found.append(current._replace(end=second))
        current = _following(found[-1], second, shifted)._replace(end=end)
    found.append(current)
    return tuple(_cut(segment, first) for segment in found if segment.end > first)


def _following(before: Segment, start: int, offset: int) -> Segment:
    """The segment after a change of the clock."""
    opens = start + offset
    if abs(offset - before.offset) >= CORRECTION:
        return Segment(start, start, offset, opens, opens)
    shown = max(before.resumed, start + before.offset)
    return Segment(start, start, offset, min(shown, opens), max(shown, opens))


def _cut(segment: Segment, first: int) -> Segment:
    """The part of a segment inside its chunk; an earlier change of the clock belongs to the chunk before."""
    if segment.start >= first:
        return segment
    return segment._replace(start=first, skipped=first + segment.offset)


def _changes(zone: str, start: int, end: int) -> list[tuple[int, int]]:
    """The seconds in (start, end) at which the offset changes, each with the new offset."""
    changes = []
    offset = _offset(zone, start)
    for second in range(start + _STRIDE, end + _STRIDE, _STRIDE):
        shifted = _offset(zone, second)
        if shifted != offset:
            changes.append((_bisected(zone, second - _STRIDE, second, offset), shifted))
        offset = shifted
    return [change for change in changes if change[0] < end]


def _bisected(zone: str, low: int, high: int, offset: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: str, second: int) -> int:
    # Two days inside the calendar's ends, so that the local time is representable too.
    moment = moment_of(min(max(second, 2 * DAY), LAST - 2 * DAY))
    shift = moment.astimezone(_zone(zone)).utcoffset() or timedelta()
    return shift.days * DAY + shift.seconds


def first_instant(zone: str, wall: int) -> int:
    """The first UTC second at which the wall clock shows a wall time, or has jumped over it."""
    segment = segment_at(zone, wall - DAY)
    while segment.end + segment.offset <= wall:
        segment = segment_at(zone, segment.end)
    return max(segment.start, wall - segment.offset)


def stretches(zone: str, first: int, last: int) -> list[tuple[int, int]]:
    """The stretches [start, end) of UTC seconds during which the wall clock is in [first, last)."""
    found = []
    segment = segment_at(zone, first - DAY)
    while segment.start < last + DAY:
        start, end = max(segment.start, first - segment.offset), min(segment.end, last - segment.offset)
        if start < end:
            found.append((start, end))
        segment = segment_at(zone, segment.end)
    return found


def changes_ahead(zone: str, after: datetime, until: datetime) -> list[tuple[datetime, timedelta]]:
    """When, after one moment and up to another, the clock is set, and by how much; a few years' worth at most."""
    low, high = floor_second(after), min(floor_second(until), floor_second(after) + 8 * CHUNK)
    changes = _changes(zone, low, high) if low + DAY < high else []
    found, offset = [], _offset(zone, low)
    for second, shifted in changes:
        found.append((moment_of(second), timedelta(seconds=shifted - offset)))
        offset = shifted
    return found
