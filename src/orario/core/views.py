"""Texts seen otherwise: without their line ends, without their URL-encoding."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

Span = tuple[int, int]

_LINES = re.compile(r"[^\r\n]+")
_UNITS = re.compile(r"%([0-9A-Fa-f]{2})|([^\x00-\x7f])|[^%\x80-\U0010ffff]+|%")


class View:
    """A text seen otherwise, and where each of its characters stands in the text itself."""

    def __init__(self, parts: Iterable[tuple[Span, str]]) -> None:
        whole = list(parts)
        self.text = "".join(part for _, part in whole)
        self._spans = [span for span, _ in whole]
        self._starts = list(accumulate((len(part) for _, part in whole), initial=0))

    def placed(self, spans: Iterable[Span]) -> Iterator[Span]:
        """The same places in the text itself."""
        for start, end in spans:
            yield self._place(start)[0], self._place(end - 1)[1]

    def _place(self, at: int) -> Span:
        number = bisect_right(self._starts, at) - 1
        start, end = self._spans[number]
        if self._starts[number + 1] - self._starts[number] != end - start:
            return start, end  # one character, which was encoded
        return start + at - self._starts[number], start + at - self._starts[number] + 1


def joined(text: str) -> View:
    """The text without its line ends: `base64` breaks lines after 76 characters."""
    return View((line.span(), line[0]) for line in _LINES.finditer(text))


def unquoted(text: str) -> View:
    """The octets of a text whose URL-encoding is undone, however much of it was encoded."""
    return View((unit.span(), _decoded(unit)) for unit in _UNITS.finditer(text))


def octets(text: str) -> str:
    """The UTF-8 of a text, each octet as a character."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _decoded(unit: re.Match[str]) -> str:
    if unit[1]:
        return chr(int(unit[1], 16))
    return octets(unit[2]) if unit[2] else unit[0]
