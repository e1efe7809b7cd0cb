"""Identifiers that sort by the time of their making (UUID version 7, RFC 9562)."""

import os
from datetime import datetime
from uuid import UUID

_LAST_MILLIS = 2**48 - 1


def new_ids(now: datetime, count: int) -> list[str]:
    """`count` fresh UUIDv7 as 32 hexadecimal digits, in rising order.

    One call to the system's random source serves all; the hot path makes thousands.
    """
    if not count:
        return []
    millis = int(now.timestamp() * 1000)
    noise = os.urandom(10 * count).hex()
    start = int(noise[:3], 16) & 0x7FF  # the rest of the 12-bit counter is room to grow
    return [
        _assemble(millis, start + position, noise[20 * position : 20 * position + 16]) for position in range(count)
    ]


def new_id(now: datetime) -> UUID:
    """One fresh UUIDv7."""
    return UUID(hex=new_ids(now, 1)[0])


def _assemble(millis: int, sequence: int, noise: str) -> str:
    # A batch longer than the counter borrows from the milliseconds, so the order holds.
    millis += sequence >> 12
    variant = "89ab"[int(noise[0], 16) & 3]
    return f"{millis:012x}7{sequence & 0xFFF:03x}{variant}{noise[1:]}"


def first_id(moment: datetime) -> UUID:
    """The lowest identifier that could have been made at this moment: those made since are not below it."""
    millis = max(int(moment.timestamp() * 1000), 0)
    return UUID(hex=f"{min(millis, _LAST_MILLIS):012x}70008" + "0" * 15)
