"""Hides secrets by the name they go by and by the place where they stand; masking.py hides them by their value."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orario.core.errors import invalid
from orario.core.references import is_reference
from orario.core.secrets_in_text import is_secret_name, literal_spans, secret_spans, without_secrets, without_spans

__all__ = ["MASK", "SEALED", "SHOWN", "is_secret_name", "mask", "restore", "secret_parts", "walk"]

MASK = "********"
SEALED = "$sealed"  # a sealed leaf: {"$sealed": ciphertext, "shown": what may be seen of it}
SHOWN = "shown"
WHOLLY = "wholly"  # true: what may be seen are references only, all else of it is secret
_CREDENTIAL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z-]*) +(?P<value>\S+)")

Leaf = Callable[[Any, bool], Any]


def walk(tree: Any, leaf: Leaf, *, under_secret: bool = False) -> Any:
    """The tree with `leaf(value, is_secret)` in place of each leaf; a sealed leaf and a reference come whole."""
    if isinstance(tree, Mapping):
        if SEALED in tree or is_reference(tree):
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
    if is_reference(value):
        return value
    if is_secret:
        pieces = literal_spans(value) if isinstance(value, str) else None
        return MASK if pieces is None else without_spans(value, pieces, MASK)
    return without_secrets(value, MASK) if isinstance(value, str) else value


def sealed_leaf(value: Any, is_secret: bool, ciphertext: str) -> dict[str, Any]:
    """The stored form of a leaf that holds a secret."""
    visible = shown(value, is_secret)
    if visible == MASK:
        return {SEALED: ciphertext}
    return {SEALED: ciphertext, SHOWN: visible, **({WHOLLY: True} if is_secret else {})}


def is_wholly_secret(leaf: Mapping[str, Any]) -> bool:
    """Whether a sealed leaf is secret but for its references, rather than a text with secrets in it."""
    return SHOWN not in leaf or WHOLLY in leaf


def holds_secret(value: Any, is_secret: bool) -> bool:
    if is_reference(value):
        return False
    if not isinstance(value, str):
        return is_secret
    pieces = literal_spans(value) if is_secret else secret_spans(value)
    return pieces is None or bool(pieces)


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


def holds_mask(sent: Any) -> bool:
    """Whether something of what was sent stands for a stored value."""
    if isinstance(sent, Mapping):
        return any(holds_mask(value) for value in sent.values())
    if isinstance(sent, list | tuple):
        return any(holds_mask(value) for value in sent)
    return isinstance(sent, str) and MASK in sent


def secret_parts(value: Any, is_secret: bool) -> Iterator[str]:
    """The texts to hide wherever they turn up, given one plain leaf."""
    text = str(value)
    pieces = literal_spans(text) if is_secret else secret_spans(text)
    if pieces is not None:
        yield from (text[start:end].strip() for start, end in pieces)
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
