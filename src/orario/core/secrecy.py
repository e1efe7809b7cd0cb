"""Hides secrets: by the name they go by, by the place where they stand, by their value."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from orario.core.disguises import disguises
from orario.core.errors import invalid
from orario.core.secrets_in_text import is_secret_name, secret_spans, without_secrets

__all__ = ["MASK", "SEALED", "SHOWN", "Masker", "is_secret_name", "mask", "restore", "secret_parts", "walk"]

MASK = "********"
SEALED = "$sealed"  # a sealed leaf: {"$sealed": ciphertext, "shown": what may be seen of it}
SHOWN = "shown"
_SHORT = 4  # a shorter secret is hidden only where it stands alone: it would be found in every word
_CREDENTIAL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z-]*) +(?P<value>\S+)")

Leaf = Callable[[Any, bool], Any]


def walk(tree: Any, leaf: Leaf, *, under_secret: bool = False) -> Any:
    """The tree with `leaf(value, is_secret)` in place of each leaf; a sealed leaf comes whole."""
    if isinstance(tree, Mapping):
        if SEALED in tree:
            return leaf(tree, True)
        return {
            key: walk(value, leaf, under_secret=under_secret or is_secret_name(str(key)))
            for key, value in tree.items()
        }
    if isinstance(tree, list | tuple):
        return [walk(value, leaf, under_secret=under_secret) for value in tree]
    return leaf(tree, under_secret and _can_hide(tree))


def _can_hide(value: Any) -> bool:
    # Nothing is hidden by hiding null, true, false or an empty text.
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


def is_sealed(value: Any) -> bool:
    return isinstance(value, Mapping) and SEALED in value


def mask(tree: Any) -> Any:
    """The tree as it may be shown, be its secrets sealed or plain."""
    return walk(tree, shown)


def shown(value: Any, is_secret: bool) -> Any:
    """What may be seen of one leaf."""
    if is_sealed(value):
        return value.get(SHOWN, MASK)
    if is_secret:
        return MASK
    return without_secrets(value, MASK) if isinstance(value, str) else value


def sealed_leaf(value: Any, is_secret: bool, ciphertext: str) -> dict[str, str]:
    """The stored form of a leaf that holds a secret."""
    visible = shown(value, is_secret)
    return {SEALED: ciphertext} if visible == MASK else {SEALED: ciphertext, SHOWN: visible}


def holds_secret(value: Any, is_secret: bool) -> bool:
    return is_secret or (isinstance(value, str) and bool(secret_spans(value)))


def restore(sent: Any, stored: Any, *place: str | int) -> Any:
    """What was sent, with the stored value wherever its mask came back unchanged.

    Raises Invalid for a mask that hides nothing, and for a sealed value that somebody made up.
    """
    if isinstance(sent, Mapping):
        if SEALED in sent:
            raise invalid(*place, message=f"{SEALED} is reserved; give the value itself")
        known = stored if isinstance(stored, Mapping) and not is_sealed(stored) else {}
        return {key: restore(value, known.get(key), *place, key) for key, value in sent.items()}
    if isinstance(sent, list | tuple):
        beside = stored if isinstance(stored, list) else []
        padded = [*beside, *[None] * (len(sent) - len(beside))]
        return [restore(value, padded[at], *place, at) for at, value in enumerate(sent)]
    if isinstance(sent, str) and MASK in sent:
        if is_sealed(stored) and shown(stored, True) == sent:
            return stored
        raise invalid(*place, message=f"{MASK} stands for a stored value, and there is none here; give the value")
    return sent


def secret_parts(value: Any, is_secret: bool) -> Iterator[str]:
    """The texts to hide wherever they turn up, given one plain leaf."""
    text = str(value)
    if not is_secret:
        yield from (text[start:end] for start, end in secret_spans(text))
        return
    yield text
    if found := _CREDENTIAL.fullmatch(text):  # "Bearer abc", "Basic dXNlcjpwYXNz"
        yield found["value"]
        yield from _password(found["value"])


def _password(credential: str) -> Iterator[str]:
    try:
        _, colon, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return
    if colon and password:
        yield password


class Masker:
    """Hides given secrets in texts and trees, in plain and in the encodings they commonly travel in."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values = frozenset(value for value in values if value)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        # Put together at the first text: most attempts have no secrets, or write nothing.
        forms = {form for value in self._values for form in disguises(value)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        return re.compile("|".join(map(_whole, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """The text with a mask in place of every secret."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        return without_secrets(text, MASK)

    def tree(self, tree: Any) -> Any:
        """The same for every text inside, keys too, and for whatever goes by a secret's name."""
        if isinstance(tree, Mapping):
            return {
                self.text(key) if isinstance(key, str) else key: (
                    mask({key: value})[key] if is_secret_name(str(key)) else self.tree(value)
                )
                for key, value in tree.items()
            }
        if isinstance(tree, list | tuple):
            return [self.tree(value) for value in tree]
        if isinstance(tree, int | float) and not isinstance(tree, bool) and str(tree) in self._values:
            return MASK
        return self.text(tree) if isinstance(tree, str) else tree


def _whole(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= _SHORT else rf"(?<!\w){escaped}(?!\w)"
