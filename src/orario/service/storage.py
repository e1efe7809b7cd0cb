"""How large the database is, for gauges and for people."""

from dataclasses import dataclass

from orario.store import sizes
from orario.store.database import Database


@dataclass(frozen=True)
class Storage:
    """Where everything is kept."""

    database: Database

    def size(self) -> int:
        """Bytes on the disk, the write-ahead log included; cheap enough to ask every second."""
        return sizes.size(self.database)
