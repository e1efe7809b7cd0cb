"""Time zones as segments of constant offset, against zoneinfo itself."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as some

from orario.core.errors import Invalid
from orario.core.seconds import floor_second, moment_of
from orario.core.zones import CHUNK_BITS, checked_zone, first_instant, segment_at, segments, stretches, zone_names

YEAR_1840 = floor_second(datetime(1840, 1, 1, tzinfo=UTC))
YEAR_2200 = floor_second(datetime(2200, 1, 1, tzinfo=UTC))


def test_every_zone_has_the_offsets_that_zoneinfo_has() -> None:
    random = Random(7)
    for zone in sorted(zone_names()):
        for second in (random.randrange(YEAR_1840, YEAR_2200) for _ in range(12)):
            segment = segment_at(zone, second)
            # Its first and last second too: where the offset changes, it changes to the second.
            for probe in (segment.start, second, segment.end - 1):
                offset = moment_of(probe).astimezone(ZoneInfo(zone)).utcoffset()
                assert offset == timedelta(seconds=segment.offset), f"{zone} at {moment_of(probe)}"


@pytest.mark.parametrize("zone", ["Europe/Rome", "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "UTC"])
def test_segments_follow_each_other_without_holes(zone: str) -> None:
    for chunk in range(YEAR_1840 >> CHUNK_BITS, YEAR_2200 >> CHUNK_BITS):
        found = segments(zone, chunk)
        assert found[0].start == chunk << CHUNK_BITS and found[-1].end == chunk + 1 << CHUNK_BITS
        assert all(before.end == after.start for before, after in pairwise(found))


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/St_Johns", "Pacific/Apia", "Asia/Manila"])
def test_the_stretches_of_all_days_are_all_of_time(zone: str) -> None:
    day, first = 86_400, floor_second(datetime(1840, 1, 1, tzinfo=UTC))
    found = sorted(stretches(zone, first, first + 70_000 * day))
    assert all(before[1] == after[0] for before, after in pairwise(found))
    assert sum(end - start for start, end in found) == found[-1][1] - found[0][0]
    twice = [stretches(zone, first + number * day, first + (number + 1) * day) for number in range(50_000, 70_000)]
    assert sum(end - start for parts in twice for start, end in parts) == sum(
        end - start for start, end in stretches(zone, first + 50_000 * day, first + 70_000 * day)
    )


def test_the_first_instant_of_a_wall_time_is_the_first_pass_or_the_end_of_the_gap() -> None:
    for wall, instant in [
        ("2026-10-25T02:30", "2026-10-25T00:30"),
        ("2026-03-29T02:30", "2026-03-29T01:00"),
        ("2026-06-01T02:30", "2026-06-01T00:30"),
    ]:
        found = first_instant("Europe/Rome", floor_second(datetime.fromisoformat(wall).replace(tzinfo=UTC)))
        assert moment_of(found) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize("name", ["Europe/Rome", "UTC", "Etc/GMT+12", "America/Argentina/Buenos_Aires", "GMT-0"])
def test_the_names_of_the_iana_database_are_known(name: str) -> None:
    assert checked_zone(name) == name


# The texts that are tried include some from this project's own code, and among them are names of zones.
_ZONES = available_timezones()
_OTHERS = some.text().filter(lambda text: text not in _ZONES)


@given(_OTHERS | some.sampled_from(["/etc/passwd", "../../etc/passwd", "europe/rome", "posixrules", "Factory", ""]))
def test_other_names_are_refused_without_echoing_garbage(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_zone(name)
    assert refusal.value.problems[0].loc == ("timezone",)
    assert refusal.value.message.isprintable()
