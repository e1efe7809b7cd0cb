"""What is told, and when it goes out: pure decisions."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from orario import State
from orario.apps.notify.decisions import Lately, Trouble, Way, is_over, is_told, quiet_until, verdict
from orario.apps.notify.rules import USUAL, Channel, Quiet, Rule, Rulebook
from orario.apps.notify.words import Kind, Severity

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
OPS = Channel(name="ops", kind="webhook", address="x")
FAILURE = Rule(name="all", on=frozenset({Kind.FAILURE}))
GOOD, BAD = State.SUCCESS, State.FAILED


def decide(
    channel: Channel, severity: Severity = Severity.ERROR, now: datetime = NOW, **lately: object
) -> tuple[object, ...]:
    found = verdict(channel, None, severity, now, {"holidays": {date(2026, 1, 6)}}, Lately(**lately))  # type: ignore[arg-type]
    return found.way, found.until


def test_the_first_failure_is_told_and_the_next_ones_are_not() -> None:
    assert is_told(FAILURE, Trouble(1, NOW), ())
    assert not is_told(FAILURE, Trouble(2, NOW, told_at=1), ())


def test_three_in_a_row_are_told_at_the_third() -> None:
    three = replace(FAILURE, failures=3)
    assert [is_told(three, Trouble(count, NOW), ()) for count in (1, 2, 3, 4)] == [False, False, True, True]


def test_a_trouble_that_goes_on_is_told_again_if_asked_for() -> None:
    again = replace(FAILURE, again_every=10)
    assert [count for count in range(2, 40) if is_told(again, Trouble(count, NOW, told_at=1), ())] == [11, 21, 31]


def test_three_of_the_last_five_are_told_whatever_was_between() -> None:
    flapping = replace(FAILURE, failures=3, of=5)
    assert not is_told(flapping, Trouble(1, NOW), [BAD, GOOD, BAD, GOOD, GOOD])
    assert is_told(flapping, Trouble(1, NOW), [BAD, GOOD, BAD, GOOD, State.TIMEOUT])
    assert not is_over(flapping, [GOOD, BAD, BAD, BAD, GOOD])
    assert is_over(flapping, [GOOD, GOOD, BAD, BAD, GOOD, BAD])
    assert is_over(FAILURE, ())


def test_the_rules_nearest_to_the_job_decide() -> None:
    of_job, of_app = replace(FAILURE, name="job", job="close"), replace(FAILURE, name="app", app="shop")
    book = Rulebook({"ops": OPS}, [FAILURE, of_app, of_job])
    names = [[rule.name for rule in book.nearest((Kind.FAILURE,), job, "shop")] for job in ("close", "open")]
    assert names == [["job"], ["app"]]
    assert [rule.name for rule in book.nearest((Kind.FAILURE,), "mail", "post")] == ["all"]
    assert book.nearest((Kind.SLOW,), "close", "shop") == [USUAL]
    assert Rulebook({"ops": OPS}, [replace(of_job, is_enabled=False)]).nearest((Kind.FAILURE,), "close") == [USUAL]


def test_a_rule_without_channels_tells_the_default_ones_and_an_empty_list_nobody() -> None:
    aside = replace(OPS, name="aside", is_default=False)
    off = replace(OPS, name="off", is_enabled=False)
    book = Rulebook({one.name: one for one in (OPS, aside, off)})
    assert book.told_by(FAILURE) == [OPS]
    assert book.told_by(replace(FAILURE, channels=("aside", "off", "gone"))) == [aside]
    assert book.told_by(replace(FAILURE, channels=())) == []


def test_quiet_hours_hold_until_they_are_over_unless_it_is_grave() -> None:
    night = replace(OPS, quiet=Quiet(time(22), time(7), "Europe/Rome"))
    late = datetime(2026, 1, 5, 23, tzinfo=UTC)  # midnight in Rome
    assert decide(night, now=late) == (Way.HOLD, datetime(2026, 1, 6, 6, tzinfo=UTC))
    assert decide(night, Severity.CRITICAL, now=late) == (Way.SEND, None)
    assert decide(night) == (Way.SEND, None)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # The night in which the clock goes forward, and the one in which it goes back.
        (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
    ],
)
def test_quiet_hours_follow_the_clock_on_the_wall(now: datetime, until: datetime) -> None:
    assert quiet_until(Quiet(time(22), time(7), "Europe/Rome"), now) == until


def test_quiet_hours_within_a_day() -> None:
    lunch = Quiet(time(12), time(13))
    assert quiet_until(lunch, NOW) == NOW + timedelta(hours=1)
    assert quiet_until(lunch, NOW + timedelta(hours=1)) is None


def test_a_blackout_suppresses_even_what_is_grave() -> None:
    closed = replace(OPS, calendars=("holidays",), timezone="Europe/Rome")
    eve = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)  # the 6th in Rome
    assert decide(closed, Severity.CRITICAL, now=eve)[0] is Way.SUPPRESS
    assert decide(closed)[0] is Way.SEND


def test_a_digest_goes_out_a_window_after_its_first_notice() -> None:
    digest = replace(OPS, digest=timedelta(minutes=15))
    assert decide(digest) == (Way.HOLD, NOW + timedelta(minutes=15))
    assert decide(digest, digest_at=NOW + timedelta(minutes=3)) == (Way.HOLD, NOW + timedelta(minutes=3))
    assert decide(digest, Severity.CRITICAL) == (Way.SEND, None)


def test_the_surplus_of_an_hour_waits_until_there_is_room() -> None:
    two = replace(OPS, per_hour=2)
    sent = [NOW - timedelta(minutes=50), NOW - timedelta(minutes=5)]
    assert decide(two, sent=sent) == (Way.HOLD, NOW + timedelta(minutes=10))
    assert decide(two, sent=[NOW - timedelta(minutes=70), *sent[1:]]) == (Way.SEND, None)
