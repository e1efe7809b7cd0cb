"""Addresses of channels move to a new key with everything else that is sealed."""

from orario.apps.notify.words import Status
from orario.testing import TESTER
from tests.apps.notify.servers import Receiver
from tests.apps.notify.shop import harness, hook, told
from tests.apps.notify.test_holding import fail


def test_a_channel_is_reached_with_the_new_key_alone(receiver: Receiver) -> None:
    with harness(key="old") as house:
        hook(receiver)
        house._settings = house._settings.model_copy(update={"key": "new,old"})
        house.restart()
        rotation = house.services.secrets.rotate(TESTER)
        assert rotation.renewed >= 1 and not rotation.unreadable
        house._settings = house._settings.model_copy(update={"key": "new"})
        house.restart()
        fail(house, 1)
        assert [one.status for one in told(house, kind="failure")] == [Status.SENT]
