"""The living instances, who leads, the queues, and whether all is well."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from orario.core.errors import invalid
from orario.core.execution import State
from orario.core.job import Job
from orario.service.actors import Actor
from orario.service.fields import QueueName
from orario.service.readiness import Readiness, Watcher, is_alive
from orario.service.tools import Tools
from orario.store import handovers, history, instances, jobsearch, leases, queues
from orario.store.instances import Instance
from orario.store.jobsearch import JobFilter
from orario.store.queues import Queue
from orario.store.wake import Topic

__all__ = ["Cluster", "ClusterView", "InstanceView", "NextJob", "QueueView", "Readiness"]

_WIDEST = 100_000
_NAME: TypeAdapter[str] = TypeAdapter(QueueName)


@dataclass(frozen=True, kw_only=True)
class InstanceView:
    """One Orario process."""

    id: UUID
    hostname: str
    pid: int
    version: str
    started_at: datetime
    last_heartbeat: datetime
    is_leader: bool
    leader_since: datetime | None
    is_alive: bool


@dataclass(frozen=True)
class NextJob:
    """The job that fires next."""

    job: Job
    next_at: datetime


@dataclass(frozen=True, kw_only=True)
class ClusterView:
    """How everything stands."""

    is_running: bool
    leader: InstanceView | None
    instances: list[InstanceView]
    total_jobs: int
    enabled_jobs: int
    running_jobs: int
    pending_executions: int
    running_executions: int
    next_job: NextJob | None


@dataclass(frozen=True)
class QueueView:
    """A queue with what is in it; `width` is its own, or the setting's."""

    name: str
    width: int
    executor: str
    is_paused: bool
    pending: int
    running: int
    handed_over: int = 0  # of those that wait: at Celery's broker, or on the way to it


@dataclass(frozen=True)
class Cluster:
    """Looks at all instances through the database that they share."""

    tools: Tools
    watcher: Watcher

    def status(self) -> ClusterView:
        """How everything stands."""
        with self.tools.database.reading() as connection:
            views = self._instances(connection)
            everything = JobFilter()
            counts = self.tools.memory.recall(("jobs", everything), lambda: jobsearch.count(connection, everything))
            coming = jobsearch.next_of_all(connection)
            leader = next((view for view in views if view.is_leader), None)
            return ClusterView(
                is_running=leader is not None and leader.is_alive,
                leader=leader,
                instances=views,
                total_jobs=sum(counts.values()),
                enabled_jobs=counts[True],
                running_jobs=jobsearch.running(connection),
                pending_executions=history.live(connection, State.PENDING),
                running_executions=history.live(connection, State.RUNNING),
                next_job=None if coming is None else NextJob(*coming),
            )

    def _instances(self, connection: Connection) -> list[InstanceView]:
        lease = leases.read(connection)
        return [self._view(one, lease) for one in instances.living(connection)]

    def _view(self, one: Instance, lease: leases.Lease | None) -> InstanceView:
        leads = lease is not None and lease.holder == one.id
        return InstanceView(
            id=one.id,
            hostname=one.hostname,
            pid=one.pid,
            version=one.version,
            started_at=one.started_at,
            last_heartbeat=one.beat_at,
            is_leader=leads,
            leader_since=lease.since if lease is not None and leads else None,
            is_alive=is_alive(one, self.tools.clock.now(), self.tools.settings),
        )

    def queues(self) -> list[QueueView]:
        """The queues that tasks, jobs or people name, with what is in them."""
        with self.tools.database.reading() as connection:
            return [self._queue(connection, name) for name in self._queue_names(connection)]

    def _queue_names(self, connection: Connection) -> list[str]:
        named = {queue.name for queue in queues.everything(connection)}
        used = {task.queue for task in self.tools.catalog.values()}
        return sorted(named | used | set(queues.load(connection)))

    def _queue(self, connection: Connection, name: str) -> QueueView:
        queue = queues.get(connection, name)
        pending, running = queues.load(connection).get(name, (0, 0))
        width = self.tools.settings.queue_width if queue.width is None else queue.width
        handed_over = handovers.by_queue(connection).get(name, 0)
        return QueueView(name, width, queue.executor, queue.is_paused, pending, running, handed_over)

    def set_queue(
        self,
        name: str,
        actor: Actor,
        *,
        width: int | None = None,
        executor: str | None = None,
        is_paused: bool | None = None,
    ) -> QueueView:
        """Change what is given of a queue."""
        _check(name, width)
        self._check_executor(executor)
        with self.tools.changing(actor, Topic.PENDING, Topic.CHANGED) as change:
            before = queues.get(change.connection, name)
            after = Queue(
                name=name,
                width=before.width if width is None else width,
                executor=executor or before.executor,
                is_paused=before.is_paused if is_paused is None else is_paused,
            )
            queues.put(change.connection, after)
            change.record("queue.set", "queue", name, _form(before), _form(after))
            return self._queue(change.connection, name)

    def _check_executor(self, executor: str | None) -> None:
        if executor is not None and executor not in queues.EXECUTORS:
            raise invalid("executor", message=f"is one of {', '.join(queues.EXECUTORS)}")
        if executor == queues.CELERY and self.tools.settings.celery_broker_url is None:
            raise invalid("executor", message="celery needs the setting ORARIO_CELERY_BROKER_URL on every server")

    def ready(self) -> Readiness:
        """Whether jobs fire; answers within a second or so, whatever is frozen."""
        return self.watcher.ready(self.tools.clock, self.tools.settings)

    def healthy(self) -> bool:
        """Whether this process can answer at all."""
        return True


def _check(name: str, width: int | None) -> None:
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        message = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise invalid("name", message=message) from None
    if width is not None and not 1 <= width <= _WIDEST:
        raise invalid("width", message=f"is between 1 and {_WIDEST}; to hold a queue, pause it")


def _form(queue: Queue) -> dict[str, object]:
    return {"width": queue.width, "executor": queue.executor, "isPaused": queue.is_paused}
