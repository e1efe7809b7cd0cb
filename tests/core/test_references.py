"""References to named secrets: seen, checked, replaced; shown as they are while what stands beside them is not."""

import pytest

from orario.core.errors import Invalid
from orario.core.references import check_references, names_in, references_in, resolved
from orario.core.secrecy import MASK, holds_secret, mask

TREE = {
    "headers": {"Authorization": "Bearer ${secret:till}", "X-Key": {"$secret": "key"}},
    "urls": ["http://h/?a=${secret:a}&b=${secret:b.c}", "${HOME} $secret ${secret}"],
}


def test_references_are_found_with_their_places() -> None:
    assert list(references_in(TREE, "taskArgs")) == [
        (("taskArgs", "headers", "Authorization"), "till"),
        (("taskArgs", "headers", "X-Key"), "key"),
        (("taskArgs", "urls", 0), "a"),
        (("taskArgs", "urls", 0), "b.c"),
    ]


def test_values_take_the_place_of_references_and_are_not_looked_at_again() -> None:
    values = {"till": "${secret:key}", "key": "k", "a": "1", "b.c": "2"}
    assert resolved(TREE, values) == {
        "headers": {"Authorization": "Bearer ${secret:key}", "X-Key": "k"},
        "urls": ["http://h/?a=1&b=2", "${HOME} $secret ${secret}"],
    }


@pytest.mark.parametrize(
    "wrong",
    [{"$secret": 5}, {"$secret": "a b"}, {"$secret": "a", "b": 1}, "${secret:}", "${secret:a b}", {"$secret": None}],
)
def test_what_is_no_good_reference_is_refused_with_its_place(wrong: object) -> None:
    with pytest.raises(Invalid) as refusal:
        check_references({"x": [wrong]}, "taskArgs")
    assert {problem.loc for problem in refusal.value.problems} == {("taskArgs", "x", 0)}


@pytest.mark.parametrize(
    "tree",
    [
        {"Authorization": "Bearer ${secret:a}"},
        {"Authorization": "${secret:a}"},
        {"auth": "ann:${secret:a}"},
        {"Cookie": "session=${secret:a}; theme=${secret:b}"},
        {"password": {"$secret": "a"}},
        {"url": "https://ann:${secret:a}@host/?token=${secret:b}&x=1"},
        {"command": "PGPASSWORD=${secret:a} psql --password ${secret:b}"},
    ],
)
def test_a_reference_is_shown_and_needs_no_sealing(tree: dict[str, object]) -> None:
    assert mask(tree) == tree
    assert not any(holds_secret(value, True) for key, value in tree.items() if key not in ("url", "command"))


@pytest.mark.parametrize(
    ("tree", "shown"),
    [
        ({"password": "hunter2${secret:a}"}, {"password": f"{MASK}${{secret:a}}"}),
        ({"password": "${secret:a}hunter2"}, {"password": f"${{secret:a}}{MASK}"}),
        ({"url": "http://u:pw${secret:a}@h/"}, {"url": f"http://u:{MASK}${{secret:a}}@h/"}),
        ({"url": "http://u:pw@h/${secret:a}"}, {"url": f"http://u:{MASK}@h/${{secret:a}}"}),
    ],
)
def test_what_stands_beside_a_reference_stays_hidden(tree: dict[str, str], shown: dict[str, str]) -> None:
    assert mask(tree) == shown
    assert names_in(shown) == {"a"}
