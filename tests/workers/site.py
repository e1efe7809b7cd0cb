"""One server in the test's own process, and Celery's workers in others, on one database and one broker."""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from kombu.connection import Connection
from kombu.entity import Queue
from sqlalchemy import select

from orario.core.execution import Execution, State
from orario.executors.celeryapp import CeleryPost
from orario.runtime import Runtime, load_apps
from orario.service.actors import SYSTEM
from orario.settings import Settings
from orario.store import executions, instances
from orario.store.handovers import Message, Parcel
from orario.store.tables import executions as table
from orario.store.tables import handovers
from tests.servers.hatching import Hatched
from tests.workers.far import ENOUGH

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0  # starts take long on a busy machine
# Alone, for a start is a second shorter then.
CELERY = ("celery", "-A")
WORKER = ("orario.executors.celery", "worker", "-l", "INFO", "--without-gossip", "--without-mingle")
THEIRS = ("tests.workers.theirs", "worker", "-l", "INFO", "--without-mingle", "-Q", "theirs")
HEARTBEAT = 0.6
APP = "tests.workers.far:app"


class Site:
    """Everything of one test; `close` ends it."""

    app, queue = APP, "far"
    kept = "FAR_"  # variables that workers are given, too, by how they begin

    def __init__(self, folder: Path, database_url: str, broker_url: str, **settings: object) -> None:
        self.folder = folder
        self.broker_url = broker_url
        self._workers: list[Hatched] = []
        given = {"heartbeat_seconds": HEARTBEAT, "kill_grace_seconds": 1, "drain_seconds": 2, "key": "of the tests"}
        self._settings = {"database_url": database_url, "celery_broker_url": broker_url, **given, **settings}
        if broker_url.startswith("redis"):  # elsewhere outcomes are heard from events alone
            self._settings.setdefault("celery_result_url", broker_url.removesuffix("0") + "2")
        self.runtime = self._make()
        self.runtime.services.cluster.set_queue(self.queue, SYSTEM, executor="celery")

    def _make(self) -> Runtime:
        runtime = Runtime(Settings(**self._settings), load_apps([self.app]))  # type: ignore[arg-type]
        runtime.prepare()
        return runtime

    def replace_server(self) -> None:
        """Another one goes on where this one stops."""
        self.runtime.stop()
        self.runtime = self._make()
        self.runtime.start()

    def start(self) -> None:
        """Let the server fire."""
        self.empty()  # of what other tests have left
        self.runtime.start()

    def worker(self, *options: str, command: Sequence[str] = ()) -> Hatched:
        """One more worker, up and registered."""
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("ORARIO_") or key.startswith(self.kept)
        }
        environment |= {f"ORARIO_{name.upper()}": str(value) for name, value in self._settings.items()}
        environment |= {"ORARIO_APPS": self.app, "FAR_FOLDER": str(self.folder)}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *sys.path])
        words = command or (*CELERY, *WORKER, "-Q", self.queue, "-n", f"{uuid4()}@%h")
        process = Hatched([*words, *options], self.folder, environment, self.folder / "worker.log")
        self._workers.append(process)
        self.wait(lambda: process.poll() is not None or process.pid in self.living())
        assert process.poll() is None, self.log()
        return process

    def their_worker(self, *options: str) -> Hatched:
        """A worker of somebody's own application, up and ready."""
        environment = {**os.environ, "THEIR_BROKER": self.broker_url, "THEIR_FOLDER": str(self.folder)}
        environment["THEIR_RESULTS"] = str(self._settings.get("celery_result_url", ""))
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *sys.path])
        # What it does before it can be asked is heard by nobody else.
        words = [*CELERY, *THEIRS, *(() if environment["THEIR_RESULTS"] else ("-E",))]
        before = self.log().count(" ready.")
        process = Hatched(
            [*words, "-n", f"{uuid4()}@%h", *options], self.folder, environment, self.folder / "worker.log"
        )
        self._workers.append(process)
        self.wait(lambda: self.log().count(" ready.") > before)
        return process

    def said_there(self) -> list[str]:
        """What somebody's own tasks have told."""
        file = self.folder / "theirs.txt"
        return file.read_text().splitlines() if file.exists() else []

    def log(self) -> str:
        """What the workers have said."""
        file = self.folder / "worker.log"
        return file.read_text() if file.exists() else ""

    def living(self) -> list[int]:
        """The processes that are registered."""
        with self.runtime.database.reading() as connection:
            return [one.pid for one in instances.living(connection)]

    def empty(self) -> int:
        """Make the broker forget; how many messages there were."""
        with CeleryPost(self.broker_url)._app.connection_for_write() as connection:
            return sum(_purged(connection, name) for name in (self.queue, "theirs"))

    def trigger(self, slug: str, *, priority: int | None = None, **args: object) -> UUID:
        return self.runtime.services.jobs.trigger(slug, SYSTEM, args=args or None, priority=priority).id

    def get(self, id: UUID) -> Execution:
        with self.runtime.database.reading() as connection:
            found = executions.get(connection, id)
        assert found is not None
        return found

    def all(self) -> list[Execution]:
        with self.runtime.database.reading() as connection:
            return [executions.from_row(row) for row in connection.execute(select(table))]

    def handed_over(self) -> dict[UUID, UUID]:
        """What was sent and has not started: the tokens, by execution."""
        with self.runtime.database.reading() as connection:
            query = select(handovers.c.execution_id, handovers.c.token).where(handovers.c.sent_at.is_not(None))
            return {id: token for id, token in connection.execute(query)}

    def wait_for(self, id: UUID, *states: State) -> Execution:
        """The execution, as soon as it is in one of these states."""
        self.wait(lambda: self.get(id).state in states)
        return self.get(id)

    def wait(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, self._plight()
            time.sleep(0.02)

    def _plight(self) -> str:
        return f"in vain: {[(one.task, one.state, one.attempt) for one in self.all()]}\n{self.log()[-5000:]}"

    def enough(self) -> None:
        """Whatever dwells may come to its end."""
        (self.folder / ENOUGH).touch()

    def notes(self, what: str = "began") -> list[tuple[UUID, int]]:
        """Every start, or end, of a task's function: the execution and its attempt."""
        file = self.folder / "notes.txt"
        words = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
        return [(UUID(found[1]), int(found[2])) for found in words if found[0] == what]

    def check_starts(self) -> None:
        """No attempt was started twice."""
        assert [one for one, number in Counter(self.notes()).items() if number > 1] == []

    def send(self, id: UUID, token: UUID) -> None:
        """One more message, as a broker may bring it."""
        post = CeleryPost(self.broker_url)
        assert post.send([Message(self.queue, [Parcel(self.queue, id, token)])]).trouble is None
        post.close()

    def close(self) -> None:
        try:
            for worker in self._workers:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
        finally:  # a server that is left behind would take part in the next test
            self._stop()

    def _stop(self) -> None:
        if self.runtime.engine._thread is not None:
            self.runtime.stop()
        else:
            self.runtime.database.close()


def _purged(connection: Connection, name: str) -> int:
    queue = Queue(name, channel=connection.default_channel, routing_key=name)  # type: ignore[no-untyped-call]
    queue.declare()  # type: ignore[no-untyped-call]
    return int(queue.purge() or 0)  # type: ignore[no-untyped-call]
