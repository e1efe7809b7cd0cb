"""Identifiers that sort by the time of their making (UUID version 7, RFC 9562)."""

import os
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID, SafeUUID

_LAST_MILLIS = 2**48 - 1
_TWELVE_BITS = [f"{bits:03x}" for bits in range(4096)]
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_AHEAD = 4096 * 1000  # further ahead than a second is no burst: the clock was set back


class Id(UUID):
    """A UUID that keeps its 32 digits: made in a third of the time, and written without making them again."""

    __slots__ = ("hex",)
    hex: str

    def __init__(self, digits: str) -> None:
        _put_hex(self, digits)
        _put_int(self, int(digits, 16))
        _put_safety(self, SafeUUID.unknown)

    def __reduce__(self) -> tuple[Any, ...]:
        return Id, (self.hex,)


# A UUID forbids to set anything; its slots do not.
_put_hex = vars(Id)["hex"].__set__
_put_int, _put_safety = vars(UUID)["int"].__set__, vars(UUID)["is_safe"].__set__


class _Order:
    """Keeps the ids of this process in rising order within a millisecond, and through bursts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._next = 0

    def place(self, wish: int, count: int) -> int:
        """The first of `count` places: the wish, or right after the last one given."""
        with self._lock:
            first = self._next if wish < self._next < wish + _AHEAD else wish
            self._next = first + count
            return first


_order = _Order()


def new_ids(now: datetime, count: int) -> list[str]:
    """`count` fresh UUIDv7 as 32 hexadecimal digits, in rising order, also from call to call.

    One call to the system's random source serves all; the hot path makes thousands.
    """
    if not count:
        return []
    millis = int(now.timestamp() * 1000)
    noise = os.urandom(10 * count).hex()
    # Twelve bits count within the millisecond; they start below the middle, the rest is room to grow.
    start = _order.place(millis << 12 | int(noise[:3], 16) & 0x7FF, count)
    return [_assemble(start + position, noise[20 * position : 20 * position + 16]) for position in range(count)]


def new_id(now: datetime) -> UUID:
    """One fresh UUIDv7."""
    return UUID(hex=new_ids(now, 1)[0])


def _assemble(place: int, noise: str) -> str:
    # A burst longer than the counter borrows from the milliseconds, so the order holds.
    return f"{place >> 12:012x}7{_TWELVE_BITS[place & 0xFFF]}{_VARIANTS[noise[0]]}{noise[1:]}"


def first_id(moment: datetime) -> UUID:
    """The lowest identifier that could have been made at this moment: those made since are not below it."""
    millis = max(int(moment.timestamp() * 1000), 0)
    return UUID(hex=f"{min(millis, _LAST_MILLIS):012x}70008" + "0" * 15)
