"""What is held back goes out later, in one message, also after a restart; what is suppressed says why."""

from collections.abc import Iterator
from datetime import date

import pytest

from orario.apps.notify.words import Kind, Status
from orario.testing import TESTER, Harness
from tests.apps.notify.servers import Receiver
from tests.apps.notify.shop import MOODS, harness, hook, rule, told


@pytest.fixture
def house(database_url: str) -> Iterator[Harness]:
    with harness(database_url=database_url) as house:
        yield house


def fail(house: Harness, times: int) -> None:
    MOODS["restock"] = "no lorry"
    for _ in range(times):
        house.trigger("restock")


def test_quiet_hours_hold_a_notice_through_a_restart(house: Harness, receiver: Receiver) -> None:
    hook(receiver, quiet={"start": "22:00", "end": "07:00"})  # it is midnight
    fail(house, 1)
    [held] = told(house)
    assert (held.status, held.why) == (Status.HELD, "quiet hours")
    house.restart("10m")
    house.advance("6h")
    assert receiver.calls == []
    house.advance("1h")
    assert receiver.sentences == ["Restock failed."]  # one notice goes out as it is
    assert told(house)[0].status is Status.SENT


def test_what_is_grave_passes_quiet_hours(house: Harness, receiver: Receiver) -> None:
    hook(receiver, quiet={"start": "22:00", "end": "07:00"})
    rule("grave", "failure", severity="critical")
    fail(house, 1)
    assert receiver.kinds == ["failure"]


def test_a_rule_may_have_quiet_hours_of_its_own(house: Harness, receiver: Receiver) -> None:
    hook(receiver)
    rule("restock", "failure", job="restock", quiet={"start": "00:00", "end": "01:00"})
    fail(house, 1)
    assert receiver.calls == []
    house.advance("61m")
    assert receiver.kinds == ["failure"]


def test_a_digest_is_one_message_per_window(house: Harness, receiver: Receiver) -> None:
    hook(receiver, digestSeconds=900)
    rule("each", "failure", againEvery=1)
    fail(house, 3)
    house.advance("14m")
    assert receiver.calls == []
    house.advance("2m")
    [call] = receiver.calls
    assert call.data["kind"] == "digest" and call.data["count"] == 3
    assert call.data["sentence"] == "3 notices were held back: 3 failure."
    assert len(call.data["list"]) == 3
    assert [one.status for one in told(house)] == [Status.SENT] * 4
    members = told(house, kind="failure")
    assert {str(one.digest_id) for one in members} == {call.key}


def test_the_surplus_ends_up_in_one_digest_that_says_how_many(house: Harness, receiver: Receiver) -> None:
    hook(receiver, perHour=2)
    rule("each", "failure", againEvery=1)
    fail(house, 10)
    assert receiver.kinds == ["failure", "failure"]
    assert {one.why for one in told(house, status="held")} == {"more than 2 per hour"}
    house.crash("1m")
    house.advance("1h")
    assert receiver.kinds.count("digest") == 1
    digest = next(call.data for call in receiver.calls if call.data["kind"] == "digest")
    assert digest["count"] == 8 + sum(kind != "failure" for kind in _held_kinds(house))


def _held_kinds(house: Harness) -> list[str]:
    return [one.kind for one in told(house) if one.digest_id is not None]


def test_a_blackout_is_recorded_and_nothing_is_sent(house: Harness, receiver: Receiver) -> None:
    house.services.schedules.put_calendar("holidays", None, [date(2026, 1, 1)], TESTER)
    hook(receiver, calendars=["holidays"])
    fail(house, 1)
    MOODS.clear()
    house.trigger("restock")
    [one] = told(house)
    assert (one.kind, one.status, one.why) == (Kind.FAILURE, Status.SUPPRESSED, "the calendar holidays has today")
    assert receiver.calls == []  # of a recovery neither, for nobody was told


def test_old_notices_are_forgotten(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_NOTIFY_KEEP_DAYS", "1")
    with harness() as house:
        hook(receiver)
        fail(house, 1)
        house.advance("20h")
        assert len(told(house)) == 1
        house.advance("6h")
        assert told(house) == []
