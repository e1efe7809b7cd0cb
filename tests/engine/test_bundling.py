"""How attempts are put into messages."""

from uuid import uuid4

from orario.engine.bundling import MOST, SHARES, bundle
from orario.store.handovers import Parcel


def parcels(number: int, queue: str = "far", *, is_back: bool = False) -> list[Parcel]:
    return [Parcel(queue, uuid4(), uuid4(), uuid4() if is_back else None) for _ in range(number)]


def test_few_go_alone_and_many_share_messages_of_which_there_are_still_many() -> None:
    assert [len(one.parcels) for one in bundle(parcels(2 * SHARES - 1))] == [1] * (2 * SHARES - 1)
    assert [len(one.parcels) for one in bundle(parcels(2 * SHARES))] == [2] * SHARES
    assert {len(one.parcels) for one in bundle(parcels(1000 * SHARES))} == {MOST}


def test_messages_keep_the_order_of_each_queue_and_name_one_queue_each() -> None:
    near, far = parcels(150, "near"), parcels(250, "far")
    found = bundle([*near, *far])
    assert [one for message in found for one in message.parcels] == [*near, *far]
    assert all({one.queue for one in message.parcels} == {message.queue} for message in found)


def test_what_came_back_from_a_busy_worker_goes_alone() -> None:
    fresh, back = parcels(100), parcels(3, is_back=True)
    found = bundle([*fresh[:51], *back, *fresh[51:]])
    assert [len(one.parcels) for one in found] == [*[2] * 25, 1, 1, 1, 1, *[2] * 24, 1]
