"""Puts attempts into messages: one by one where there are few, several together where there are many."""

from collections import defaultdict
from collections.abc import Sequence

from orario.store.handovers import Message, Parcel

MOST = 20  # attempts in one message: by then it costs each of them next to nothing
SHARES = 50  # messages that a crowd makes at least, for every worker is to get some of it


def bundle(parcels: Sequence[Parcel]) -> list[Message]:
    """Messages for these, of each queue in their order."""
    by_queue: dict[str, list[Parcel]] = defaultdict(list)
    for one in parcels:
        by_queue[one.queue].append(one)
    return [Message(queue, some) for queue, those in by_queue.items() for some in _shares(those)]


def _shares(parcels: Sequence[Parcel]) -> list[list[Parcel]]:
    """What was named before has come back from a worker that had no room for it: it goes alone."""
    size = min(max(sum(one.message is None for one in parcels) // SHARES, 1), MOST)
    shares: list[list[Parcel]] = []
    room = 0
    for one in parcels:
        if room == 0 or one.message is not None:
            shares.append([])
            room = size if one.message is None else 1
        shares[-1].append(one)
        room -= 1
    return shares
