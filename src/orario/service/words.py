"""Text that came with a ping, made fit to be kept: readable, masked, of a sane length."""

import re

from orario.core.masking import Masker

MOST_LINES = 2000
_LONGEST = 4096  # characters in a line
# No database stores them, no reader wants them: NUL, halves of surrogate pairs, a terminal's colours, other controls.
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_MASKER = Masker()


def readable(words: str) -> list[str]:
    """The lines of a text that are not empty; the last ones, when they are too many."""
    lines = [line for line in map(_clean, words.splitlines()) if line.strip()]
    if len(lines) <= MOST_LINES:
        return lines
    return [f"[{len(lines) - MOST_LINES} lines before this were left out]", *lines[-MOST_LINES:]]


def _clean(line: str) -> str:
    text = _MASKER.text(_UNFIT.sub("\ufffd", _COLOURS.sub("", line)))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} [cut: {len(text)} characters in all]"
