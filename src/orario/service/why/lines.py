"""What stood before an execution in the lines of its job, its queue and its executor, then or now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.core.execution import Execution
from orario.core.policy import Policy
from orario.core.task import Mode
from orario.core.why.facts import Hold, Line, Place
from orario.service.tools import Tools
from orario.store import audit, instances, queues, retracing
from orario.store.queues import Queue
from orario.store.retracing import Run

UNKNOWN = "an instance no longer known"
_QUEUE_ROWS = 200


@dataclass(frozen=True)
class Surveyor:
    """Looks at all lines that one execution stands in."""

    tools: Tools
    connection: Connection
    execution: Execution
    policy: Policy

    def now(self, now: datetime) -> Line:
        """As they are."""
        line = self._line(now, retracing.running(self.connection))
        ahead = retracing.ahead_of(self.connection, self.execution) if len(line.of_queue) >= line.width else 0
        return replace(line, ahead=ahead)

    def at(self, at: datetime) -> Line:
        """As they were, as far as the history tells."""
        everybody = {run.execution_id: run for run in retracing.ran_at(self.connection, at)}
        everybody |= {run.execution_id: run for run in retracing.ran_at(self.connection, at, self.execution.job_id)}
        return self._line(at, list(everybody.values()))

    def of_job(self, at: datetime) -> Sequence[Place]:
        """Who held the job's own places."""
        return self._places(retracing.ran_at(self.connection, at, self.execution.job_id))

    def _line(self, at: datetime, runs: Sequence[Run]) -> Line:
        one = self.execution
        queue, hold = self._queue(at)
        mode = self._mode(one.task)
        alike = [run for run in runs if mode is not None and self._mode(run.task) is mode]
        return Line(
            at=at,
            of_job=self._places(run for run in runs if run.job_id == one.job_id),
            limit=self.policy.max_instances,
            queue=one.queue,
            of_queue=self._places(run for run in runs if run.queue == one.queue),
            width=self.tools.settings.queue_width if queue.width is None else queue.width,
            mode="" if mode is None else mode.value,
            of_mode=self._places(alike),
            room=self._room(mode) * max(instances.count_at(self.connection, at), 1),
            queue_paused=hold,
        )

    def _places(self, runs: Iterable[Run]) -> list[Place]:
        """The longest-running first; the execution itself does not stand in its own way."""
        found = sorted((run for run in runs if run.execution_id != self.execution.id), key=lambda run: run.since)
        slugs = retracing.names(self.connection, {run.job_id for run in found[:1]})
        carriers = {run.carrier for run in found[:1] if run.carrier is not None}
        called = instances.called(self.connection, carriers)
        return [_place(run, slugs, called) for run in found]

    @property
    def mode(self) -> Mode | None:
        """How its task is called."""
        return self._mode(self.execution.task)

    def _mode(self, task: str) -> Mode | None:
        known = self.tools.catalog.get(task)
        return None if known is None else known.mode

    def _room(self, mode: Mode | None) -> int:
        settings = self.tools.settings
        rooms = {Mode.LOOP: settings.coroutines, Mode.THREAD: settings.threads, Mode.PROCESS: settings.processes}
        return rooms.get(mode, max(rooms.values())) if mode is not None else max(rooms.values())

    def _queue(self, at: datetime) -> tuple[Queue, Hold | None]:
        """How the queue was set up, and who had paused it."""
        queue = queues.get(self.connection, self.execution.queue)
        later = [row for row in audit.since(self.connection, [queue.name], at, _QUEUE_ROWS) if row.subject == "queue"]
        if later and later[0].before is not None:
            form = later[0].before
            queue = Queue(name=queue.name, width=form["width"], is_paused=form["isPaused"])
        return queue, self._queue_pause(queue.name, at) if queue.is_paused else None

    def _queue_pause(self, name: str, at: datetime) -> Hold:
        for row in audit.up_to(self.connection, [name], at, _QUEUE_ROWS):
            if (
                row.subject == "queue"
                and row.after
                and row.after["isPaused"]
                and not (row.before or {}).get("isPaused")
            ):
                return Hold(since=row.at, by=row.actor)
        return Hold()


def _place(run: Run, slugs: dict[UUID, str], called: dict[UUID, str]) -> Place:
    return Place(
        execution_id=run.execution_id,
        job=slugs.get(run.job_id, run.job),
        since=run.since,
        until=run.until,
        instance_id=run.carrier,
        instance=UNKNOWN if run.carrier is None else called.get(run.carrier, UNKNOWN),
    )
