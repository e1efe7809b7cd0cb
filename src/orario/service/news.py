"""What apps have to tell people: heard by the listeners in the transaction of what it tells of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from orario.core.events import Event, Said
from orario.service.tools import Tools
from orario.store.database import after_commit
from orario.store.wake import Topic

Tell = Callable[[Connection, Sequence[Event]], None]


@dataclass
class News:
    """The notify app makes notices of it, as of failures."""

    tools: Tools
    hear: Tell = lambda connection, events: None

    def tell(self, connection: Connection, *said: Said) -> None:
        """Tell this if what `connection` writes is committed; nobody hears of what is undone."""
        if said:
            self.hear(connection, said)
            after_commit(connection, lambda: self.tools.wake.ring(Topic.PENDING))
