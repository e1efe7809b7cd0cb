"""Hides secrets by their value: in plain, in the encodings they commonly travel in, broken over lines."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from orario.core.disguises import disguises
from orario.core.references import is_reference
from orario.core.secrecy import MASK, mask
from orario.core.secrets_in_text import is_secret_name, merged, without_secrets, without_spans
from orario.core.views import Span, joined, octets, unquoted

SHORT = 4  # a shorter secret is hidden only where it stands alone: it would be found in every word
_TORN = 6  # a shorter form is not looked for across line ends
TELLING = 8  # so much of a secret's beginning is hidden at the end of a line, where it may have been cut off
_BLOCK = 6
_PIECE = 2 * _BLOCK  # so much of a secret is hidden wherever it stands, whatever is missing before and after it
_PLACES = 32  # of one block; only a secret such as "aaaaaaaaaaaa" has more
_INDEXED = 8192  # forms that are longer are looked for as a whole only


class Masker:
    """Hides given secrets in texts and trees."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.secrets = tuple(values)
        self._values = frozenset(one for value in self.secrets for one in (value, value.strip()) if one)
        self.has_secrets = bool(self._values)

    # Put together at the first text: most attempts have no secrets, or write nothing.

    @cached_property
    def _forms(self) -> list[str]:
        forms = {form for value in self._values for form in disguises(value)}
        return sorted(forms, key=lambda form: (-len(form), form))

    @cached_property
    def _whole_forms(self) -> list[str]:
        return [form for form in self._forms if not _PIECE <= len(form) <= _INDEXED]  # the others by their pieces

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        return re.compile("|".join(map(_whole, self._whole_forms))) if self._whole_forms else None

    @cached_property
    def _torn(self) -> re.Pattern[str] | None:
        return _any_of(form for form in self._whole_forms if len(form) >= _TORN)

    @cached_property
    def _octets(self) -> re.Pattern[str] | None:
        longest_first = sorted(map(octets, self._values), key=len, reverse=True)
        return _any_of(form for form in longest_first if len(form) >= SHORT)

    @cached_property
    def _starts(self) -> dict[str, tuple[int, list[str]]]:
        """The long forms by their first characters, with the length of the longest."""
        found: dict[str, list[str]] = {}
        for form in self._forms:
            if len(form) >= _TORN:
                found.setdefault(form[:SHORT], []).append(form)
        return {start: (max(map(len, forms)), forms) for start, forms in found.items()}

    @cached_property
    def _glimpses(self) -> frozenset[str]:
        return frozenset(start[:length] for start in self._starts for length in range(1, SHORT))

    @cached_property
    def _blocks(self) -> dict[str, list[tuple[str, int]]]:
        """Where in which forms each block of characters stands."""
        found: dict[str, list[tuple[str, int]]] = {}
        for form in self._forms:
            if _PIECE <= len(form) <= _INDEXED:
                for at in range(len(form) - _BLOCK + 1):
                    places = found.setdefault(form[at : at + _BLOCK], [])
                    if len(places) < _PLACES:
                        places.append((form, at))
        return found

    def spans(self, text: str) -> list[Span]:
        """Where the secrets stand, in order, without overlaps; also where only a piece of one is left."""
        if not self.has_secrets:
            return []
        found = [*_matches(self._pattern, text), *self._pieces(text)]
        if "\n" in text:
            view = joined(text)
            found += view.placed([*_matches(self._torn, view.text), *self._pieces(view.text)])
        if "%" in text:
            view = unquoted(text)
            found += view.placed(_matches(self._octets, view.text))
        return merged(found)

    def _pieces(self, text: str) -> Iterator[Span]:
        # A piece that is long enough covers a whole block wherever it begins, so that every sixth place will do.
        blocks = self._blocks
        if not blocks:
            return
        end = 0
        for at in range(0, len(text) - _BLOCK + 1, _BLOCK):
            block = text[at : at + _BLOCK]
            if at >= end and block in blocks:
                piece = _widest(text, at, blocks[block])
                if _length(piece) >= _PIECE:
                    end = piece[1]
                    yield piece

    def beginning(self, text: str) -> int:
        """Where the end of the text may be the beginning of a secret; its length, when it is none."""
        places = [len(text)]
        for start, (longest, forms) in self._starts.items():
            at = text.find(start, max(0, len(text) - longest))
            while at >= 0:
                rest = text[at:]
                if any(len(form) > len(rest) and form.startswith(rest) for form in forms):
                    places.append(at)
                    break
                at = text.find(start, at + 1)
        places += [len(text) - length for length in range(1, SHORT) if text[-length:] in self._glimpses]
        return min(places)

    def text(self, text: str) -> str:
        """The text with a mask in place of every secret, and of whatever looks like one."""
        return without_secrets(self.hide(text), MASK)

    def hide(self, text: str) -> str:
        """The text with a mask in place of these secrets only, and of what was cut off in the middle of one."""
        if not self.has_secrets:
            return text
        return without_spans(text, merged([*self.spans(text), *self._cut_off(text)]), MASK)

    def _cut_off(self, text: str) -> Iterator[Span]:
        end = -1
        for line in text.split("\n"):
            first, end = end + 1, end + 1 + len(line)
            length = len(line) - self.beginning(line) if len(line) >= TELLING else 0
            if length >= TELLING:
                yield max(first, end - length), end

    def tree(self, tree: Any) -> Any:
        """The same for every text inside, keys too, and for whatever goes by a secret's name."""
        if isinstance(tree, Mapping):
            is_plain = not is_reference(tree)
            return {
                self.text(key) if isinstance(key, str) else key: (
                    mask({key: value})[key] if is_plain and is_secret_name(str(key)) else self.tree(value)
                )
                for key, value in tree.items()
            }
        if isinstance(tree, list | tuple):
            return [self.tree(value) for value in tree]
        if isinstance(tree, int | float) and not isinstance(tree, bool) and str(tree) in self._values:
            return MASK
        return self.text(tree) if isinstance(tree, str) else tree


def _widest(text: str, at: int, places: list[tuple[str, int]]) -> Span:
    """The longest piece around here that text and a form have in common."""
    found = []
    for form, place in places:
        before = _common(text[max(0, at - place) : at][::-1], form[:place][::-1])
        after = _common(text[at : at + len(form) - place], form[place:])
        found.append((at - before, at + after))
    return max(found, key=_length)


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _length(span: Span) -> int:
    return span[1] - span[0]


def _whole(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= SHORT else rf"(?<!\w){escaped}(?!\w)"


def _any_of(forms: Iterable[str]) -> re.Pattern[str] | None:
    pattern = "|".join(map(re.escape, forms))
    return re.compile(pattern) if pattern else None


def _matches(pattern: re.Pattern[str] | None, text: str) -> Iterator[Span]:
    return iter(()) if pattern is None else (match.span() for match in pattern.finditer(text))
