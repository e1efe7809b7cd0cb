"""Keeps the public face sorted, whole and documented."""

import orario
from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "python.md"


def test_the_public_names_are_sorted_and_exist() -> None:
    assert orario.__all__ == sorted(orario.__all__)
    assert not [name for name in orario.__all__ if not hasattr(orario, name)]


def test_nothing_is_public_by_accident() -> None:
    brought = {
        name
        for name, value in vars(orario).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("orario.")
    }
    assert brought <= set(orario.__all__)


def test_every_public_name_is_in_the_reference() -> None:
    text = PAGE.read_text()
    assert not [name for name in orario.__all__ if f"## {name}\n" not in text]
