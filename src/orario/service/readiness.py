"""Whether jobs fire, found out within a second whatever is frozen."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from orario.core.clock import Clock
from orario.core.vitals import Vitals
from orario.settings import Settings
from orario.store import instances, leases
from orario.store.database import Database
from orario.store.instances import Instance
from orario.store.leases import Lease

PATIENCE = 1.0  # seconds
# For showing only: nobody is taken for dead because of what two clocks say.
_STALE_BEATS = 5
_STALE_AT_LEAST = timedelta(seconds=10)
_LOOKS_TO_TAKE_OVER = 1.5  # heartbeats, see engine.Pace


@dataclass(frozen=True)
class Readiness:
    """Whether Orario can fire; if not, why."""

    ok: bool
    reasons: list[str]


@dataclass(frozen=True)
class Standing:
    """What the database says of the leader."""

    lease: Lease | None
    leader: Instance | None


class Watcher:
    """Asks the database in a thread of its own, one question at a time: a hung one costs every caller the same."""

    def __init__(self, database: Database, vitals: Vitals) -> None:
        self.vitals = vitals
        self._database = database
        self._lock = Lock()
        self._asked: Future[Standing] | None = None

    def ready(self, clock: Clock, settings: Settings) -> Readiness:
        """Whether jobs fire: the database answers, a living instance leads and ticks, the loops here take turns."""
        try:
            standing = self._ask().result(PATIENCE)
        except TimeoutError:
            reasons = [f"the database has not answered within {PATIENCE:.0f} s"]
        except SQLAlchemyError:
            reasons = ["the database does not answer"]
        else:
            reasons = list(_doubts(standing, self.vitals, clock.now(), settings))
        reasons += [alarm.sentence for alarm in self.vitals.alarms]
        return Readiness(not reasons, reasons)

    def _ask(self) -> Future[Standing]:
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                Thread(target=self._answer, args=(self._asked,), name="orario-ready", daemon=True).start()
            return self._asked

    def _answer(self, asked: Future[Standing]) -> None:
        try:
            with self._database.reading() as connection:
                found = _look(connection)
        except Exception as error:
            asked.set_exception(error)
        else:
            asked.set_result(found)


def is_alive(one: Instance, now: datetime, settings: Settings) -> bool:
    """Whether its last heartbeat is recent, as far as clocks can tell."""
    return now - one.beat_at < max(timedelta(seconds=_STALE_BEATS * settings.heartbeat_seconds), _STALE_AT_LEAST)


def _look(connection: Connection) -> Standing:
    lease = leases.read(connection)
    holder = None if lease is None else lease.holder
    leader = next((one for one in instances.living(connection) if one.id == holder), None)
    return Standing(lease, leader)


def _doubts(standing: Standing, vitals: Vitals, now: datetime, settings: Settings) -> Iterator[str]:
    if standing.lease is None or standing.leader is None:
        yield "no instance leads yet"
        return
    # With an engine here, silence was measured by its own time; the clocks of two machines need not agree.
    is_silent = not is_alive(standing.leader, now, settings)
    if vitals.living:
        is_silent = vitals.leader_silence > _LOOKS_TO_TAKE_OVER * settings.heartbeat_seconds
    if is_silent:
        yield "the leading instance is silent; another takes over soon"
    elif not vitals.living and (age := _since_tick(standing.lease, now)) > settings.watchdog_limit:
        yield f"the leading instance has not looked at what is due for {age:.0f} s"


def _since_tick(lease: Lease, now: datetime) -> float:
    known = [moment for moment in (lease.ticked_at, lease.since) if moment is not None]
    return (now - max(known)).total_seconds() if known else 0.0
