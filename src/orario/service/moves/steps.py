"""What a move tells of itself: each step while it is taken, and what came of all."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """What goes on, and how far it is; a total of 0 is unknown."""

    title: str
    done: int = 0
    total: int = 0


@dataclass
class Moved:
    """What came of it."""

    rows: dict[str, int] = field(default_factory=dict)  # by table, as they are there now
    copied: int = 0  # rows, page by page, while jobs fired
    copying_seconds: float = 0.0
    still_seconds: float = 0.0  # in which nothing could start
    cut_off: int = 0  # attempts of servers that did not stop; what follows is what their jobs say of a lost carrier
    faults: list[str] = field(default_factory=list)  # which the file has, too

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.copied / self.copying_seconds if self.copying_seconds else 0.0
