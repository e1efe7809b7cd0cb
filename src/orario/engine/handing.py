"""Decides what is handed over to Celery's workers, and lets a worker start what was handed to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Connection

from orario.core.admission import Admission
from orario.core.task import Mode
from orario.engine.claiming import BATCH, Claiming, Claims
from orario.engine.executor import Work
from orario.engine.jobcache import Known
from orario.store import claims, handovers, instances, queues
from orario.store.claims import Candidate
from orario.store.handovers import Parcel


@dataclass(frozen=True)
class Handing(Claiming):
    """The same limits as everywhere; what may start is not started, but handed over: until then it is pending."""

    is_fresh: ClassVar[bool] = True
    is_entrusted: ClassVar[bool] = False  # whether others' applications do it

    def hand_over(self, connection: Connection) -> Claims:
        """Write down what is to be sent: up to the queues' widths, what runs and lies at the broker included."""
        claims.go_alone(connection)
        now, found = self.clock.now(), Claims()
        admission = self._admission(connection, dict.fromkeys(self.modes, BATCH))
        while self._round(connection, admission, found, now):
            pass
        found.is_blocked = admission.is_blocked
        return found

    def _admission(self, connection: Connection, room: dict[Mode, int]) -> Admission:
        load = claims.load(connection)
        handovers.add_to(connection, load)
        lines = queues.lines(connection, queues.CELERY)
        return Admission(load.by_job, load.by_queue, lines.widths, self.default_width, room, lines.others)

    def _queues(self, connection: Connection) -> Collection[str] | None:
        return queues.carried_by(connection, queues.CELERY)

    def _start(
        self, connection: Connection, chosen: Sequence[Candidate], known: Mapping[str, Known], now: datetime
    ) -> list[Work]:
        handovers.note(connection, chosen, is_entrusted=self.is_entrusted)
        return []


@dataclass(frozen=True)
class Entrusting(Handing):
    """The same for tasks of others' Celery applications, in whatever queue: no setting of it carries them."""

    modes: ClassVar[Collection[Mode]] = (Mode.CELERY_TASK,)
    is_entrusted: ClassVar[bool] = True

    def _admission(self, connection: Connection, room: dict[Mode, int]) -> Admission:
        load = claims.load(connection)
        handovers.add_to(connection, load)
        return Admission(load.by_job, load.by_queue, queues.widths(connection), self.default_width, room)

    def _queues(self, connection: Connection) -> Collection[str] | None:
        return None


@dataclass(frozen=True)
class Answer:
    """What became of messages that reached a worker."""

    claims: Claims
    kept: Sequence[Parcel]  # there is no room for them at the moment
    unknown: set[str]  # tasks that this worker does not have


@dataclass(frozen=True)
class Answering(Claiming):
    """On a worker: a message is a right to start only while its token is that of a pending execution."""

    def answer(self, connection: Connection, parcels: Sequence[Parcel], room: dict[Mode, int], places: int) -> Answer:
        """Start what the messages name: `places` of them at most, and of each mode as many as there is room for."""
        instances.prove(connection, self.identity.id)
        now = self.clock.now()
        wanted = {one.token: one for one in parcels}
        pending = claims.called_for(connection, sorted({one.execution_id for one in parcels}))
        ready = [one for one in pending if one.token in wanted and self._is_in_time(one, now)]
        held = self._hold_back(connection, ready)
        unwanted = wanted.keys() - {one.token for one in pending}
        unknown = {one.task for one in ready if one.task not in self.catalog}
        chosen: list[Candidate] = []
        kept: list[Parcel] = []
        for one in (one for one in ready if one.token not in held and one.task not in unknown):
            mode = self.catalog[one.task].mode
            if len(chosen) < places and room.get(mode, 0) > 0:
                room[mode] -= 1
                chosen.append(one)
            else:
                kept.append(wanted[one.token])
        known = self.cache.get(connection, ((one.job, one.version) for one in chosen))
        works = self._start(connection, chosen, known, now)
        handovers.drop(connection, {one.token for one in chosen} | held | unwanted)
        return Answer(Claims(works), kept, unknown)

    def _is_in_time(self, one: Candidate, now: datetime) -> bool:
        # Whoever is late is written down as missed by the one who leads.
        return one.attempt > 0 or one.expires_at is None or one.expires_at >= now

    def _hold_back(self, connection: Connection, ready: Sequence[Candidate]) -> set[UUID]:
        """What waits in a queue that was paused meanwhile: back into the line."""
        widths = queues.lines(connection, queues.CELERY).widths
        return {one.token for one in ready if widths.get(one.queue) == 0}
