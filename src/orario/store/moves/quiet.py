"""Whether the servers of a file that is held have come to rest."""

from uuid import UUID

from sqlalchemy import Connection

from orario.store import instances
from orario.store.raw import rows, to_uuid

_RUNNING = "SELECT carrier, COUNT(*) FROM executions WHERE state = 'running' AND carrier IS NOT NULL GROUP BY carrier"
_A_WHILE = 3.0  # seconds, for servers without work to say goodbye


class Watch:
    """Looks again and again; an instance lives as long as its heartbeat moves, whatever clocks say."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._seen: dict[UUID, tuple[int, float]] = {}  # beat, and when it was first seen
        self._since: float | None = None
        self._living: set[UUID] = set()
        self._rests_for = 0.0

    def look(self, connection: Connection, now: float) -> int:
        """How many attempts run in servers that live, at a moment of the monotonic clock."""
        beats = instances.beats(connection)
        for id, beat in beats.items():
            if id not in self._seen or self._seen[id][0] != beat:
                self._seen[id] = (beat, now)
        self._living = {id for id in beats if now - self._seen[id][1] < self._patience}
        found: dict[UUID, int] = {to_uuid(carrier): count for carrier, count in rows(connection, _RUNNING)}
        running = sum(count for carrier, count in found.items() if carrier in self._living)
        self._since = None if running else self._since or now
        self._rests_for = 0.0 if self._since is None else now - self._since
        return running

    def is_over(self, running: int) -> bool:
        """Whether they are gone, or idle for a while: an Orario inside of another program does not end with it."""
        return not self._living or (not running and self._rests_for > _A_WHILE)
