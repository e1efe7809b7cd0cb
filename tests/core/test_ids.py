"""Identifiers rise with time, within a millisecond and from call to call."""

from datetime import UTC, datetime, timedelta

from orario.core.ids import first_id, new_id, new_ids

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_ids_rise_from_call_to_call_and_through_bursts() -> None:
    made = [id for _ in range(5) for id in (*new_ids(NOW, 3000), new_id(NOW).hex)]
    assert made == sorted(set(made))
    assert new_id(NOW + timedelta(milliseconds=1)).hex > made[-1]


def test_an_id_is_a_uuid_of_version_7_that_tells_its_time() -> None:
    id = new_id(NOW)
    assert (id.version, id.variant) == (7, "specified in RFC 4122")
    assert first_id(NOW) <= id < first_id(NOW + timedelta(seconds=1))


def test_a_clock_that_is_set_back_makes_ids_of_its_new_time() -> None:
    new_id(NOW)
    earlier = NOW - timedelta(hours=1)
    assert new_id(earlier) < first_id(NOW)


def test_no_ids_are_no_ids() -> None:
    assert new_ids(NOW, 0) == []
