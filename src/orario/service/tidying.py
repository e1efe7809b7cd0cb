"""Keeps the database quick and small while jobs fire: what each of the two databases knows for that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from orario.service.tools import Tools
from orario.store import shrinking

_LONGEST_REST = 1.0
_SHARE = 9  # rest so many times as long as a step took


@dataclass(frozen=True, slots=True)
class Tidied:
    """One step: what was done to which table (None: the whole file), and the seconds to rest before the next."""

    what: str
    table: str | None = None
    pages: int = 0  # given back to the disk
    rest: float = 0.0


@dataclass(frozen=True)
class Tidying:
    """Locks nobody out: PostgreSQL's plain VACUUM; on SQLite free pages step by step, instead of a new file."""

    tools: Tools

    def optimize(self, tables: Sequence[str]) -> Iterator[Tidied]:
        """Step by step; it may be left at any point."""
        path = self.tools.database.path
        if path is None:
            for table in tables:
                shrinking.vacuum_table(self.tools.settings.database_url, table)
                yield Tidied("vacuum", table)
            return
        for table in tables:
            shrinking.analyze_table(path, table)
            yield Tidied("analyze", table)
        if shrinking.can_shrink_online(path):
            before, began = 0, perf_counter()
            for done, _ in shrinking.shrink(path):
                rest = min(_SHARE * (perf_counter() - began), _LONGEST_REST)
                yield Tidied("shrink", pages=done - before, rest=rest)
                before, began = done, perf_counter()
