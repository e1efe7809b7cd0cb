"""As much of BER as a small LDAP server needs: tag, length and value, read and written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x02, 0x04, 0x0A, 0x30, 0x31
_LONG = 0x80


@dataclass(frozen=True)
class Node:
    """One value, with what is in it."""

    tag: int
    value: bytes

    def __iter__(self) -> Iterator["Node"]:
        at = 0
        while at < len(self.value):
            node, at = self.read(self.value, at)
            yield node

    @property
    def number(self) -> int:
        return int.from_bytes(self.value, "big", signed=True)

    @property
    def text(self) -> str:
        return self.value.decode("utf-8", "replace")

    @classmethod
    def read(cls, data: bytes, at: int = 0) -> tuple[Self, int]:
        """The value that begins there, and where it ends. Raises IndexError where it is cut off."""
        tag, size, at = data[at], data[at + 1], at + 2
        if size & _LONG:
            many = size & ~_LONG
            size, at = int.from_bytes(data[at : at + many], "big"), at + many
        if at + size > len(data):
            raise IndexError("cut off")
        return cls(tag, data[at : at + size]), at + size


def put(tag: int, *parts: bytes) -> bytes:
    """A value made of others."""
    body = b"".join(parts)
    if len(body) < _LONG:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG | len(size)]) + size + body


def number(value: int, tag: int = INTEGER) -> bytes:
    return put(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: str | bytes) -> bytes:
    return put(OCTETS, value.encode() if isinstance(value, str) else value)
