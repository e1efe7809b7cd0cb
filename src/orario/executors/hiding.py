"""Maskers of late attempts: what is said beside an attempt, or after it, must not show its secrets either."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from orario.core.masking import Masker

_MOST = 64


class Recent:
    """Remembers the last maskers by their secrets; each is made once, however often a job runs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._maskers: OrderedDict[tuple[str, ...], Masker] = OrderedDict()

    def masker(self, secrets: Sequence[str]) -> Masker:
        """The masker of these secrets."""
        key = tuple(secrets)
        with self._lock:
            found = self._maskers.get(key) or Masker(key)
            self._maskers[key] = found
            self._maskers.move_to_end(key)
            if len(self._maskers) > _MOST:
                self._maskers.popitem(last=False)
            return found

    def hide(self, text: str) -> str:
        """The text without any of their secrets."""
        with self._lock:
            maskers = list(self._maskers.values())
        for masker in maskers:
            text = masker.hide(text)
        return text


RECENT = Recent()
