"""Alarms reach the channels past the ledger, when the database cannot carry them."""

from datetime import timedelta

from orario import Alarm
from orario.apps.notify import notices
from orario.apps.notify.alarms import Alarms
from orario.apps.notify.desk import desk
from orario.apps.notify.notices import key_of
from orario.apps.notify.words import Kind, Status
from orario.testing import Harness
from tests.apps.notify.servers import Receiver, verified
from tests.apps.notify.shop import harness, hook


def alarms_of(house: Harness, *pauses: float, place: str | None = None) -> Alarms:
    alarms = Alarms(desk, pauses, place=place)
    alarms.remember()
    return alarms


def alarm(house: Harness, **more: bool) -> Alarm:
    return Alarm("database", "The database does not answer.", house.now - timedelta(seconds=30), **more)


def test_an_alarm_is_sent_though_the_database_is_gone(receiver: Receiver) -> None:
    with harness() as house:
        hook(receiver)
        hook(receiver, "aside", isDefault=False)
        alarms = alarms_of(house, 0)
        house.runtime.database.close()
        alarms(alarm(house))
        [call] = receiver.wait(1)
    assert verified(call.headers, call.body)
    assert (call.data["kind"], call.data["severity"]) == ("alarm", "critical")
    assert call.data["sentence"] == "The database does not answer."


def test_every_instance_that_raises_it_uses_the_same_key(receiver: Receiver) -> None:
    with harness() as house:
        hook(receiver)
        one, other = alarms_of(house, 0), alarms_of(house, 0)
        one(alarm(house))
        other(alarm(house))
        receiver.wait(2)
    assert len({call.key for call in receiver.calls}) == 1
    assert receiver.calls[0].key != str(key_of(Kind.ALARM, "database", "ops"))


def test_its_end_is_told_too(receiver: Receiver) -> None:
    with harness() as house:
        hook(receiver)
        alarms = alarms_of(house, 0)
        alarms(alarm(house, is_over=True))
        [call] = receiver.wait(1)
    assert (call.data["severity"], call.data["sentence"]) == ("info", "Over: The database does not answer.")


def test_what_was_told_past_the_ledger_stands_among_the_notices_afterwards(receiver: Receiver) -> None:
    receiver.answers = [500, 200]
    with harness() as house:
        hook(receiver)
        one, other = alarms_of(house, 0, place="here"), alarms_of(house, 0, place="there")
        for alarms in (one, other):  # two instances raise it, under the same key, and one is not heard
            alarms(alarm(house))
            for thread in alarms.threads:
                thread.join(20)
        for _ in range(3):
            for alarms in (one, other):
                with house.runtime.database.writing() as connection:
                    alarms.catch_up(connection)
        with house.runtime.database.reading() as connection:
            [told] = notices.latest(connection, [], 10)
    assert (told.kind, told.status, told.channel) == (Kind.ALARM, Status.SENT, "ops")
    assert told.sent_at is not None
    assert (
        str(told.why).startswith("here was not heard")
        and "500" in str(told.why)
        and "The database does not answer" in told.subject
    )


def test_an_alarm_that_does_not_get_through_is_tried_again_and_then_given_up(receiver: Receiver) -> None:
    receiver.answers = [500, 500, 500]
    with harness() as house:
        hook(receiver)
        alarms = alarms_of(house, 0, 0.01)
        alarms(alarm(house))
        for thread in alarms.threads:
            thread.join(20)
    assert len(receiver.calls) == 2
