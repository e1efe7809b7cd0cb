"""How much of a long work goes into one transaction, and how long to rest before the next."""

from dataclasses import dataclass

_HOLD = 0.002  # seconds that a tick may wait for it
_SHARE = 0.1  # of the time
_LEAST, _MOST = 50, 1000
_LONGEST_REST = 1.0


@dataclass
class Pace:
    """Learns from every step how many rows fit; a slow disk gets small steps and long rests."""

    size: int = 200

    def after(self, rows: int, took: float) -> float:
        """A step is over; the seconds to rest."""
        if rows:
            fits = rows * _HOLD / max(took, 1e-6)
            self.size = int(min(max((self.size + fits) / 2, _LEAST), _MOST))
        return min(took * (1 / _SHARE - 1), _LONGEST_REST)
