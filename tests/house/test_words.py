"""Finds each noun of the house on its page, and each on the page in the code."""

import re

import pytest

from tests.house.sources import ROOT, modules

NOUNS = [
    "App",
    "Task",
    "Job",
    "Schedule",
    "Execution",
    "Attempt",
    "Outcome",
    "Gap",
    "Queue",
    "Executor",
    "Instance",
    "Lease",
    "Dialect",
]
PAGE = ROOT / "docs" / "words.md"


@pytest.mark.parametrize("noun", NOUNS)
def test_each_noun_stands_on_the_page_of_words(noun: str) -> None:
    assert re.search(rf"^\| \*\*{noun}\*\* \| .+ \|", PAGE.read_text(), re.M), f"{noun} is not in docs/words.md"


def test_the_page_of_words_says_where_each_noun_lives() -> None:
    known = {str(module.path.relative_to(ROOT)) for module in modules().values()}
    for path in re.findall(r"`(src/orario/[^`]+\.py)`", PAGE.read_text()):
        assert path in known, f"docs/words.md says {path}, which does not exist"
