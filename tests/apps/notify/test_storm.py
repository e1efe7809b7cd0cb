"""Many failures at once, and many rules for one of them."""

from orario import App, Every
from orario.apps.notify import app as notify
from orario.apps.notify.words import Status
from orario.testing import Harness
from tests.apps.notify.servers import Receiver
from tests.apps.notify.shop import MOODS, harness, hook, rule, told


def test_a_storm_of_failures_is_thirty_messages_and_one_digest(receiver: Receiver) -> None:
    storm = App("storm")

    @storm.task
    async def fall() -> None:
        """Fail."""
        raise ValueError("the shelf is empty")

    for number in range(300):
        storm.job(f"job-{number}", fall, Every(hours=2))
    with Harness(storm, notify) as house:
        hook(receiver)
        house.advance("119m")
        house.advance("1m")
        assert len(receiver.calls) == 30
        house.advance("61m")
        assert len(receiver.calls) == 31
        assert receiver.calls[-1].data["count"] == 270
        assert {one.status for one in told(house)} == {Status.SENT}


def test_two_rules_that_tell_one_channel_of_the_same_tell_it_once(receiver: Receiver) -> None:
    with harness() as house:
        hook(receiver)
        rule("one", "failure")
        rule("other", "failure", channels=["ops"])
        MOODS["close"] = "bad"
        house.advance("10m")
        assert receiver.kinds == ["failure"]
