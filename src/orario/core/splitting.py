"""Hides secrets that are split over texts which follow each other, such as the lines of a program's output."""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

from orario.core.masking import SHORT, TELLING, Masker
from orario.core.secrecy import MASK
from orario.core.secrets_in_text import merged, without_secrets, without_spans
from orario.core.views import Span


@dataclass(slots=True, eq=False)
class _Piece:
    """One text, and which parts of it are known to be secret."""

    text: str
    tell: Callable[[str], None]
    is_held: bool = False
    hidden: list[Span] = field(default_factory=list)

    def hide(self, start: int, end: int) -> None:
        start, end = max(start, 0), min(end, len(self.text))
        if start < end:
            self.hidden.append((start, end))


class Stream:
    """Hands texts on in their order, without secrets. Safe from any thread.

    A text that ends in what may be the beginning of a secret is held back until the next one of its channel shows
    what it was, or until `release`.
    """

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._lock = Lock()
        self._waiting: deque[_Piece] = deque()  # of all channels, so that their order stays
        self._open: dict[Hashable, list[_Piece]] = {}  # by channel: the last texts, if a secret may go on after them

    def learn(self, masker: Masker) -> None:
        """Hide what this one knows from now on."""
        with self._lock:
            self._masker = masker

    def add(self, channel: Hashable, text: str, tell: Callable[[str], None]) -> bool:
        """Hand on a text of this channel, by `tell`; whether it, or one before it, is held back."""
        piece = _Piece(text, tell)
        with self._lock:
            self._waiting.append(piece)
            if text:  # an empty line says nothing
                self._open[channel] = self._judged([*self._open.get(channel, ()), piece])
            self._hand_on()
            return bool(self._waiting)

    def release(self) -> None:
        """Hand on all that is held back; what is telling of a secret stays hidden."""
        with self._lock:
            for pieces in self._open.values():
                if any(piece.is_held for piece in pieces):
                    self._give_up(pieces)
            self._hand_on()

    def _judged(self, pieces: list[_Piece]) -> list[_Piece]:
        """Mark what is secret in the texts together; those after which a secret may go on."""
        whole = "".join(piece.text for piece in pieces)
        for start, end in self._masker.spans(whole):
            _hide(pieces, start, end)
        start = self._masker.beginning(whole)
        still_open, position = [], 0
        for piece in pieces:
            position += len(piece.text)
            # Three characters give nothing away, and every second line ends in some that fit.
            piece.is_held = position > start and len(whole) - start >= SHORT
            if position > start:
                still_open.append(piece)
        return still_open

    def _give_up(self, pieces: list[_Piece]) -> None:
        whole = "".join(piece.text for piece in pieces)
        start = self._masker.beginning(whole)
        if len(whole) - start >= TELLING:
            _hide(pieces, start, len(whole))
        for piece in pieces:
            piece.is_held = False

    def _hand_on(self) -> None:
        while self._waiting and not self._waiting[0].is_held:
            piece = self._waiting.popleft()
            piece.tell(without_secrets(without_spans(piece.text, merged(piece.hidden), MASK), MASK))


def _hide(pieces: list[_Piece], start: int, end: int) -> None:
    for piece in pieces:
        piece.hide(start, end)
        start, end = start - len(piece.text), end - len(piece.text)
