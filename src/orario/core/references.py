"""References to named secrets in a job's arguments: how they are written, found, and replaced by values.

{"$secret": "name"}     in place of a value
"Bearer ${secret:name}" inside a text
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orario.core.errors import Invalid, Problem

REFERENCE = "$secret"
LONGEST_NAME = 100
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
FILLER = "\ue000"  # stands for a reference while a text is searched; nobody writes it
_OPENING = "${secret:"
_IN_TEXT = re.compile(r"\$\{secret:([^{}\r\n]*)\}")

Place = tuple[str | int, ...]


def is_reference(value: Any) -> bool:
    """Whether this stands for a named secret."""
    return isinstance(value, Mapping) and REFERENCE in value


def blanked(text: str) -> str:
    """The text, of the same length, with FILLER in place of each reference; the same object if there is none."""
    if _OPENING not in text:
        return text
    return _IN_TEXT.sub(lambda found: FILLER * len(found[0]), text)


def references_in(tree: Any, *place: str | int) -> Iterator[tuple[Place, str]]:
    """The names that a tree refers to, each with its place; a sealed leaf shows its own."""
    if is_reference(tree):
        yield place, tree[REFERENCE]
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from references_in(value, *place, key)
    elif isinstance(tree, list | tuple):
        for at, value in enumerate(tree):
            yield from references_in(value, *place, at)
    elif isinstance(tree, str) and _OPENING in tree:
        for found in _IN_TEXT.finditer(tree):
            yield place, found[1]


def names_in(tree: Any) -> set[str]:
    """The names that a tree refers to."""
    return {name for _, name in references_in(tree)}


def check_references(tree: Any, *place: str | int) -> None:
    """Raise Invalid for references that are not well written."""
    wrong = [Problem(where, sentence) for where, sentence in _mistakes(tree, place)]
    if wrong:
        raise Invalid(*wrong)


def _mistakes(tree: Any, place: Place) -> Iterator[tuple[Place, str]]:
    for where, name in references_in(tree, *place):
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield where, "the name of a secret starts with a letter and has letters, digits, _ . and - only"
    yield from _crowded(tree, place)


def _crowded(tree: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if is_reference(tree):
        if len(tree) > 1:
            yield place, f'a reference is {{"{REFERENCE}": "name"}} and has no other keys'
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _crowded(value, (*place, key))
    elif isinstance(tree, list | tuple):
        for at, value in enumerate(tree):
            yield from _crowded(value, (*place, at))


def resolved(tree: Any, values: Mapping[str, str]) -> Any:
    """The tree with values in place of references; what is in a value is not looked at again."""
    if is_reference(tree):
        return values[tree[REFERENCE]]
    if isinstance(tree, Mapping):
        return {key: resolved(value, values) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [resolved(value, values) for value in tree]
    if isinstance(tree, str) and _OPENING in tree:
        return _IN_TEXT.sub(lambda found: values[found[1]], tree)
    return tree
