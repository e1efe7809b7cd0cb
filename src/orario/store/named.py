"""Looks named secrets up for those who use them, and notes that they were used."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from orario.core.clock import Clock
from orario.store import secrets
from orario.store.database import Database

_REMEMBERED = 2.0  # seconds for which a value is not looked up again; a change in this process is felt at once
_TOUCHED_EVERY = timedelta(minutes=1).total_seconds()


@dataclass
class NamedSecrets:
    """Sealed values by name; what was found a moment ago is not read again."""

    database: Database
    clock: Clock
    _known: dict[str, tuple[str, float]] = field(default_factory=dict)  # sealed value, good until
    _touched: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def sealed(self, names: Collection[str]) -> dict[str, str]:
        """The sealed values of those of these names that there are."""
        now = self.clock.monotonic()
        with self._lock:
            known = {name: self._known[name] for name in names if name in self._known}
        fresh = {name: value for name, (value, until) in known.items() if until > now}
        if missing := set(names) - fresh.keys():
            with self.database.reading() as connection:
                found = secrets.sealed(connection, missing)
            with self._lock:
                self._known.update((name, (value, now + _REMEMBERED)) for name, value in found.items())
            fresh |= found
        return fresh

    def used(self, names: Collection[str]) -> None:
        """An attempt was given these; written down aside, at most once a minute."""
        now = self.clock.monotonic()
        with self._lock:
            due = {name for name in names if now - self._touched.get(name, -_TOUCHED_EVERY) >= _TOUCHED_EVERY}
            self._touched.update(dict.fromkeys(due, now))
        if due:
            self.database.aside(secrets.touch, due, self.clock.now())

    def forget(self) -> None:
        """Something was changed: look again."""
        with self._lock:
            self._known.clear()
            self._touched.clear()
