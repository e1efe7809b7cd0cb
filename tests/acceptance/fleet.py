"""Some servers and Celery's workers on one PostgreSQL and one broker, and all that can befall them."""

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import redis as redis_client
from sqlalchemy import select

from orario.core.execution import State
from orario.runtime import Runtime
from orario.service.actors import SYSTEM
from orario.service.documents import JobDocument
from orario.settings import Settings
from orario.store import instances
from orario.store.tables import attempts, executions, jobs
from tests.acceptance import storm
from tests.acceptance.killing import ledger
from tests.servers.hatching import Hatched
from tests.servers.postgresql import PostgreSQL
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis

HEARTBEAT = 0.6
FROZEN = 3 * HEARTBEAT  # past the lease
PATIENCE = 90.0
ROOT = Path(__file__).parents[2]
SERVER = ("tests.acceptance.storm",)
WORKER = ("celery", "-A", "orario.executors.celery", "worker", "-Q", "far", "--without-gossip", "--without-mingle")


class Fleet:
    """`befall` does one bad thing; `check` judges by what is left."""

    def __init__(self, folder: Path, postgresql: PostgreSQL, url: str, broker: Redis | RabbitMQ) -> None:
        self.folder, self.postgresql, self.broker = folder, postgresql, broker
        given = {"heartbeat_seconds": HEARTBEAT, "drain_seconds": 1, "kill_grace_seconds": 1, "key": "of the tests"}
        given |= {"database_url": url, "celery_broker_url": broker.url, "celery_lost_after_seconds": 2}
        self._settings = given
        self._processes: dict[Hatched, tuple[str, ...]] = {}
        self._waking: dict[Hatched, float] = {}
        self._to_come: list[Callable[[random.Random], None]] = []
        self.befallen: Counter[str] = Counter()
        self.runtime = Runtime(Settings(**given), [storm.app])  # type: ignore[arg-type]  # never started
        self.runtime.prepare()
        self.runtime.services.cluster.set_queue("far", SYSTEM, executor="celery")

    def set_out(self, servers: int, workers: int) -> None:
        for command in (*[SERVER] * servers, *[WORKER] * workers):
            self._start(command)
        self._wait(lambda: len(self._living()) == servers + workers)

    def create_jobs(self, number: int) -> None:
        """Jobs that fire every second, two of three carried by workers."""
        tasks = {one.name: one.id for one in self.runtime.services.tasks.find().items}
        rule = {"jobTypeId": 1, "scheduleConfig": {"seconds": 1}, "maxInstances": 100, "retryCount": 5}
        documents = [
            JobDocument.model_validate(
                {"name": f"Job {one}", "taskFunctionId": tasks[f"storm.{storm.KINDS[one % 3 > 0]}"], **rule}
            )
            for one in range(number)
        ]
        self.runtime.services.jobs.create_many(documents, SYSTEM)

    def befall(self, chance: random.Random) -> None:
        """One bad thing; each of its kinds before one comes again."""
        self._wake(time.monotonic())
        if not self._to_come:
            self._to_come = [self.kill, self.kill, self.freeze, self.restart_database, self.restart_broker, self.cut]
            chance.shuffle(self._to_come)
        what = self._to_come.pop()
        self.befallen[what.__name__] += 1
        what(chance)

    def kill(self, chance: random.Random) -> None:
        """End a server or a worker as by kill -9; another one comes."""
        process = chance.choice([one for one in self._processes if one not in self._waking])
        process.kill()
        self._start(self._processes.pop(process))

    def freeze(self, chance: random.Random) -> None:
        """Stop one in its tracks until the others have given it up."""
        process = chance.choice([one for one in self._processes if one not in self._waking])
        process.send_signal(signal.SIGSTOP)
        self._waking[process] = time.monotonic() + FROZEN

    def restart_database(self, chance: random.Random) -> None:
        self.postgresql.stop(chance.choice([signal.SIGINT, signal.SIGQUIT]))
        self.postgresql.start()

    def restart_broker(self, chance: random.Random) -> None:
        self.broker.stop(chance.choice([signal.SIGTERM, signal.SIGKILL]))
        self.broker.start()

    def cut(self, chance: random.Random) -> None:
        """Drop all connections of the database, or of the broker."""
        if isinstance(self.broker, Redis) and chance.random() < 0.5:
            redis_client.Redis.from_url(self.broker.url).client_kill_filter(_type="normal")
            return
        self.postgresql.do(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def come_to_rest(self) -> None:
        """No more fires, and all that is open ends."""
        self._wake(float("inf"))
        with self.runtime.database.reading() as connection:
            ids = connection.scalars(select(jobs.c.id)).all()
        for id in ids:
            self.runtime.services.jobs.set_enabled(str(id), False, SYSTEM)
        self._wait(lambda: self._open() == 0)

    def _open(self) -> int:
        query = select(executions.c.id).where(executions.c.state.in_(["pending", "running"]))
        with self.runtime.database.reading() as connection:
            return len(connection.execute(query).all())

    def check(self) -> Counter[State]:
        """Every moment stands once, no attempt started twice, and no outcome is that of another attempt."""
        found = ledger(self.runtime)
        starts = Counter((self.folder / "notes.txt").read_text().splitlines())
        assert [line for line, count in starts.items() if count > 1] == [], "attempts that started twice"
        with self.runtime.database.reading() as connection:
            ended = connection.execute(select(executions).where(executions.c.state == "success")).all()
            tried = connection.execute(select(attempts.c.execution_id, attempts.c.number)).all()
        stale = [one.id for one in ended if one.result != one.attempt or f"{one.id} {one.attempt}" not in starts]
        assert stale == [], "outcomes of attempts that were no longer theirs"
        assert len({*tried}) == len(tried), "attempts that ended twice"
        return found

    def refused(self) -> int:
        """How often somebody was told that what it had was no longer its own."""
        said = (self.folder / "fleet.log").read_text()
        return sum(said.count(words) for words in ("reports were refused", "taken for dead", "no longer leads"))

    def close(self) -> None:
        for process in self._processes:
            process.kill()
        self.runtime.database.close()

    def _start(self, command: tuple[str, ...]) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ORARIO_")}
        given = {f"ORARIO_{name.upper()}": str(value) for name, value in self._settings.items()}
        given |= {"ORARIO_APPS": "tests.acceptance.storm:app", "FOLDER": str(self.folder)}
        given["PYTHONPATH"] = os.pathsep.join([str(ROOT), *sys.path])
        words = [*command, "-n", f"{uuid4()}@%h"] if command is WORKER else command
        process = Hatched(words, self.folder, {**inherited, **given}, self.folder / "fleet.log")
        self._processes[process] = command

    def _wake(self, now: float) -> None:
        for process in [one for one, at in self._waking.items() if at <= now]:
            process.send_signal(signal.SIGCONT)
            del self._waking[process]

    def _living(self) -> list[int]:
        with self.runtime.database.reading() as connection:
            return [one.pid for one in instances.living(connection)]

    def _wait(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            self._wake(time.monotonic())
            assert time.monotonic() < until, (self.folder / "fleet.log").read_text()[-5000:]
            time.sleep(0.1)
