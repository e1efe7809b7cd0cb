"""Run ids: an execution's UUID in cuid form, `c` and its integer in base 36; one-to-one, nothing is stored twice."""

from uuid import UUID

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST = 26  # `c` and 25 digits hold 128 bits


def to_cuid(id: UUID) -> str:
    """`ceg0zo...`"""
    rest, digits = id.int, ""
    while rest:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    return "c" + (digits or "0")


def from_cuid(text: str) -> UUID | None:
    """The UUID that is written so; None for every other text."""
    if not 1 < len(text) <= _LONGEST or text[0] != "c" or any(one not in _DIGITS for one in text):
        return None
    number = int(text[1:], 36)
    if number >= 1 << 128:
        return None
    id = UUID(int=number)
    return id if to_cuid(id) == text else None  # leading zeros would make two names for one run
