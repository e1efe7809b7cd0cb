"""Watches the heartbeats of others without comparing clocks."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Watched = TypeVar("Watched", bound=Hashable)


@dataclass
class Vigil(Generic[Watched]):
    """How long each of the watched has been silent, by this instance's own monotonic time.

    A beat is a value that changes; when it was written does not matter, so no two machines' clocks are compared.
    `step` bounds what a single look can add: if this process itself was held up, the others are not blamed for it.
    """

    step: float
    _seen: dict[Watched, tuple[object, float]] = field(default_factory=dict)  # beat, silence
    _looked_at: float | None = None

    def look(self, beats: Mapping[Watched, object], monotonic: float) -> dict[Watched, float]:
        """The seconds of silence of each of them, having just read their beats."""
        passed = 0.0 if self._looked_at is None else min(monotonic - self._looked_at, self.step)
        self._looked_at = monotonic
        self._seen = {id: self._silence(id, beat, passed) for id, beat in beats.items()}
        return {id: silence for id, (_, silence) in self._seen.items()}

    def _silence(self, id: Watched, beat: object, passed: float) -> tuple[object, float]:
        before = self._seen.get(id)
        if before is None or before[0] != beat:
            return beat, 0.0
        return beat, before[1] + passed
