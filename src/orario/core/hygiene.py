"""Refuses what no text, number or tree from outside may hold, without sending it back."""

import json
import math
from collections.abc import Mapping
from typing import Any

from orario.core.errors import Invalid, invalid

LONGEST_NAME = 200
LONGEST_TEXT = 10_000
LONGEST_KEY = 256
DEEPEST = 32
_LARGEST = 2**63 - 1
_LINES = frozenset("\t\n\r")


def check_text(
    value: str, *loc: str | int, longest: int = LONGEST_TEXT, lines: bool = False, empty: bool = True
) -> str:
    """The text, if it is of a sane length and can be read; `lines`: tabs and line ends may be in it."""
    if not empty and not value.strip():
        raise invalid(*loc, message="must not be empty")
    if len(value) > longest:
        raise invalid(*loc, message=f"is longer than {longest} characters")
    if value.isprintable():  # the common case, in one look
        return value
    for character in value:
        if "\ud800" <= character <= "\udfff":
            raise invalid(*loc, message="holds half of a surrogate pair, which is no character")
        if _is_control(character) and not (lines and character in _LINES):
            raise invalid(*loc, message="holds control characters")
    return value


def check_json(
    value: Any, loc: tuple[str | int, ...] = (), max_bytes: int = 65_536, max_depth: int = DEEPEST
) -> None:
    """Raise Invalid unless this JSON is of a sane size and depth, and every text and number in it is sane."""
    todo: list[tuple[Any, tuple[str | int, ...]]] = [(value, loc)]
    while todo:
        node, place = todo.pop()
        if isinstance(node, Mapping | list | tuple):
            if len(place) - len(loc) >= max_depth:
                raise invalid(*loc, message=f"is nested more than {max_depth} deep")
            todo.extend(_children(node, place))
        else:
            _check_leaf(node, place, max_bytes)
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) > max_bytes:
        raise invalid(*loc, message=f"is larger than {max_bytes} bytes as JSON")


def _children(node: Any, place: tuple[str | int, ...]) -> list[tuple[Any, tuple[str | int, ...]]]:
    if not isinstance(node, Mapping):
        return [(child, (*place, at)) for at, child in enumerate(node)]
    for key in node:
        if not isinstance(key, str):
            raise invalid(*place, message="has a key that is not a text")
        _check_key(key, place)
    return [(child, (*place, key)) for key, child in node.items()]


def _check_key(key: str, place: tuple[str | int, ...]) -> None:
    try:
        check_text(key, longest=LONGEST_KEY)
    except Invalid as error:  # said at the parent: the key itself is not sent back
        raise invalid(*place, message=f"has a key that {error.problems[0].message}") from None


def _check_leaf(value: Any, place: tuple[str | int, ...], max_bytes: int) -> None:
    if isinstance(value, str):
        check_text(value, *place, longest=max_bytes, lines=True)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if not -_LARGEST - 1 <= value <= _LARGEST:
            raise invalid(*place, message="is a number of more than 64 bits")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise invalid(*place, message="is not a finite number")
    else:
        raise invalid(*place, message="is nothing that JSON knows")


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"
