"""Garbage is refused, its place is said, and it is not sent back."""

from typing import Any

import pytest

from orario.core.errors import Invalid
from orario.core.hygiene import check_json, check_text


def nested(depth: int) -> Any:
    tree: Any = 1
    for _ in range(depth):
        tree = [tree]
    return tree


@pytest.mark.parametrize("text", ["a\x00b", "a\x1b[31m", "\x7f", "\x85", "\ud800", "a\nb", "x" * 10_001])
def test_text_that_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_text(text, "name")
    assert caught.value.problems[0].loc == ("name",)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["", "Ünïcode 漢字 👩‍🚀", "50% _ off", "مرحبا"])
def test_text_of_any_language_passes(text: str) -> None:
    assert check_text(text) == text


def test_lines_pass_where_they_make_sense() -> None:
    assert check_text("a\tb\r\nc", lines=True)


@pytest.mark.parametrize(
    ("tree", "loc"),
    [
        ({"a": {"b": 2**63}}, ("args", "a", "b")),
        ({"a": [1, float("nan")]}, ("args", "a", 1)),
        ({"a": -float("inf")}, ("args", "a")),
        ({"a": {"b\x00": 1}}, ("args", "a")),
        ({"a": "x\x00"}, ("args", "a")),
        (nested(40), ("args",)),
        ({"a": ["xy"] * 30_000}, ("args",)),
        ({"a": {1: 2}}, ("args", "a")),
        ({"a": object()}, ("args", "a")),
    ],
)
def test_json_that_no_database_should_hold_is_refused_with_its_place(tree: Any, loc: tuple[str | int, ...]) -> None:
    with pytest.raises(Invalid) as caught:
        check_json(tree, ("args",))
    assert caught.value.problems[0].loc == loc


def test_ordinary_json_passes() -> None:
    check_json({"a": [1, -(2**63), 1.5, None, True, "a\nb", {"c": nested(20)}]})
