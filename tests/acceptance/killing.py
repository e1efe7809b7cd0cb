"""Servers that a test starts, stops in every way there is, and judges by what they left in the database."""

import os
import signal
import sqlite3
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from orario.core.execution import State, Trigger
from orario.runtime import Runtime
from orario.service.actors import SYSTEM
from orario.service.documents import JobDocument
from orario.store import cursors, executions, gaps, jobs
from orario.store.tables import executions as executions_table
from orario.store.tables import instances as instances_table
from orario.store.tables import jobs as jobs_table
from tests.acceptance.firing import HEARTBEAT, make_runtime
from tests.servers.hatching import Hatched

ROOT = Path(__file__).parents[2]


class Site:
    """One database, the file in which tasks leave notes, and the servers that share them."""

    def __init__(self, folder: Path, url: str, heartbeat: float = HEARTBEAT) -> None:
        self.url = url
        self.heartbeat = heartbeat
        self.folder = folder
        self.notes = folder / "notes.txt"
        self.servers: list[Hatched] = []

    def runtime(self) -> Runtime:
        """Orario on the same database, not started."""
        runtime = make_runtime(self.url, self.notes)
        runtime.prepare()
        return runtime

    def create_jobs(self, count: int, *, apart: float = 0.0, **fields: object) -> None:
        """Jobs that fire every second, each with its own phase, `apart` seconds from the next one's."""
        runtime = self.runtime()
        [task] = [one for one in runtime.services.tasks.find().items if one.name == "firing.note"]
        for number in range(count):
            document = {"name": f"Job {number}", "slug": f"job-{number}", "taskFunctionId": task.id}
            rule = {"jobTypeId": 1, "scheduleConfig": {"seconds": 1}}
            runtime.services.jobs.create(JobDocument.model_validate({**document, **rule, **fields}), SYSTEM)
            time.sleep(apart)
        runtime.database.close()

    def start(self) -> Hatched:
        """One more server, up and registered."""
        log = self.folder / f"server-{len(list(self.folder.glob('server-*')))}.log"
        log.touch()
        words = ["tests.acceptance.firing", self.url, str(self.notes), str(self.heartbeat)]
        server = Hatched(words, ROOT, {**os.environ, "PYTHONPATH": str(ROOT)}, log)
        self.servers.append(server)
        while "up\n" not in log.read_text():
            assert server.poll() is None, log.read_text()
            time.sleep(0.01)
        return server

    def kill(self, server: Hatched) -> None:
        """End it as by kill -9."""
        server.send_signal(signal.SIGKILL)
        self._end(server)

    def stop(self, server: Hatched) -> None:
        """End it as systemd does."""
        server.send_signal(signal.SIGTERM)
        self._end(server)

    def freeze(self, server: Hatched) -> None:
        """Stop it in its tracks, but not while it holds SQLite's one write lock: that would stop everybody.

        PostgreSQL itself takes the locks away from who falls asleep on them.
        """
        while True:
            server.send_signal(signal.SIGSTOP)
            if not self.url.startswith("sqlite") or self._is_writable():
                return
            server.send_signal(signal.SIGCONT)
            time.sleep(0.01)

    def _is_writable(self) -> bool:
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=0.5, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def _end(self, server: Hatched) -> None:
        server.wait(timeout=30)
        self.servers.remove(server)

    def close(self) -> None:
        for server in list(self.servers):
            self.kill(server)

    def wait_for_leader(self, other_than: int | None = None) -> float:
        """Seconds until a living process leads that is not the given one."""
        began = time.monotonic()
        self.leader(other_than)
        return time.monotonic() - began

    def leader(self, other_than: int | None = None, limit: float = 15) -> int:
        """The living process that leads, as soon as it is not the given one."""
        runtime, began = make_runtime(self.url, self.notes), time.monotonic()
        try:
            while time.monotonic() - began < limit:
                leader = runtime.services.cluster.status().leader
                if leader is not None and leader.pid != other_than and leader.is_alive:
                    return leader.pid
                time.sleep(0.02)
        finally:
            runtime.database.close()
        raise AssertionError(f"nobody took the lead within {limit} s")

    def check_ledger(self) -> Counter[State]:
        """Assert that every due moment is accounted for once and nothing runs; how executions ended."""
        runtime = self.runtime()
        found = ledger(runtime)
        runtime.database.close()
        return found

    def check_starts(self) -> int:
        """Assert that no attempt really started twice; how many started."""
        starts = Counter(self.notes.read_text().split("\n"))
        del starts[""]
        twice = {line for line, count in starts.items() if count > 1}
        assert not twice, f"{len(twice)} attempts started twice"
        return len(starts)

    def ticks(self) -> list[datetime]:
        """When executions were opened, one moment for each transaction."""
        runtime = make_runtime(self.url, self.notes)
        with runtime.database.reading() as connection:
            found = connection.scalars(select(executions_table.c.created_at).distinct()).all()
        runtime.database.close()
        return sorted(found)

    def burials(self) -> list[float]:
        """For every instance taken for dead: the seconds that the one who found out had been up."""
        runtime = make_runtime(self.url, self.notes)
        with runtime.database.reading() as connection:
            rows = connection.execute(instances_table.select()).all()
        runtime.database.close()
        starts = [row.started_at for row in rows]
        ends = [row.gone_at for row in rows if row.gone_reason == "its heartbeat stopped"]
        return [(end - max(start for start in starts if start < end)).total_seconds() for end in ends]


def ledger(runtime: Runtime) -> Counter[State]:
    """Assert that every due moment is accounted for once and nothing runs; how executions ended."""
    found: Counter[State] = Counter()
    with runtime.database.reading() as connection:
        for [id] in connection.execute(jobs_table.select().with_only_columns(jobs_table.c.id)).all():
            job, cursor = jobs.load(connection, [id])[id], cursors.get(connection, [id])[id]
            mine = executions_table.select().where(executions_table.c.job_id == id)
            mine = mine.where(executions_table.c.trigger == Trigger.SCHEDULER)
            ran = [executions.from_row(row) for row in connection.execute(mine)]
            missed = sum(gap.count for gap in gaps.of_job(connection, id, 100_000))
            due = job.timetable({}).count(job.created_at, cursor.position)
            assert len({one.scheduled_for for one in ran}) == len(ran), f"{job.slug}: a moment stands twice"
            assert len(ran) + missed == due, f"{job.slug}: {due} due, {len(ran)} opened, {missed} in gaps"
            found.update(one.state for one in ran)
    assert found[State.RUNNING] == 0, "an execution was left running"
    return found
