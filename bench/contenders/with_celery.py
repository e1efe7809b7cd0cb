"""Celery: beat, and a worker with ten threads, on Redis, which has the results as well."""

import json
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from math import floor
from pathlib import Path
from struct import Struct
from typing import Any, ClassVar

from celery import Celery
from celery.beat import BeatLazyFunc
from celery.schedules import schedstate, schedule
from celery.signals import beat_init
from redis import Redis

from bench.carried import running
from bench.contenders import Contender, GaveUp, Start
from bench.contenders.databases import REDIS
from bench.measure import wait_for

_FOLDER = "BENCH_FOLDER"
_CALL = Struct("=Idd")  # which job, when it was due, when its function ran
_PATIENCE = 60.0

plain = Celery("plain", broker=f"{os.environ[REDIS]}/0", backend=f"{os.environ[REDIS]}/1")


@plain.task(name="plain.stamp")  # type: ignore[untyped-decorator]
def stamp(number: int, due: float) -> None:
    """Leave a call, in one write."""
    file = os.open(_calls(Path(os.environ[_FOLDER])), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, _CALL.pack(number, due, time.time()))
    os.close(file)


def _calls(folder: Path) -> Path:
    return folder / "calls"


class Moments(schedule):  # type: ignore[misc]
    """Beat's own intervals begin whenever it got round to the last one; these begin when they are told to."""

    def __init__(self, first: float, every: float) -> None:
        super().__init__(every)
        self._first, self._every = first, every
        self.due = first

    def is_due(self, last_run_at: datetime) -> Any:
        now = time.time()
        self.due = self._first + floor((now - self._first) / self._every) * self._every
        left = self.due + self._every - now
        return schedstate(self.due >= self._first and self.due > last_run_at.timestamp(), left)

    def moment(self) -> float:
        return self.due


@beat_init.connect  # type: ignore[untyped-decorator]
def begin(**_: object) -> None:
    """Tell that beat has read its jobs."""
    _begun(Path(os.environ[_FOLDER])).touch()


def _begun(folder: Path) -> Path:
    return folder / "begun"


def _jobs(folder: Path) -> Path:
    return folder / "jobs"


def _entry(number: int, first: float, every: float) -> dict[str, Any]:
    moments = Moments(first, every)
    return {"task": "plain.stamp", "schedule": moments, "args": (number, BeatLazyFunc(moments.moment))}


if _FOLDER in os.environ and (found := _jobs(Path(os.environ[_FOLDER]))).exists():
    jobs = json.loads(found.read_text())
    plain.conf.beat_schedule = {str(number): _entry(number, *job) for number, job in enumerate(jobs)}


class BeatAndWorker(Contender):
    """Beat keeps its schedule in memory here: its file would only cost it time.

    Recorded: the result is stored.
    """

    is_durable: ClassVar[bool] = False
    seconds_each: ClassVar[float] = 5e-4

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._results = Redis.from_url(f"{os.environ[REDIS]}/1")
        self._results.flushall()
        self._processes = ExitStack()
        self._run("worker", "-P", "threads", "-c", "10")
        if not wait_for(lambda: bool(plain.control.ping(timeout=0.5)), _PATIENCE):
            raise GaveUp("its worker does not start")

    def _run(self, *words: str) -> None:
        command = ["-m", "celery", "-A", "bench.contenders.with_celery:plain", *words, "-l", "ERROR"]
        self._processes.enter_context(running(command, {_FOLDER: str(self.folder)}))

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        _jobs(self.folder).write_text(json.dumps([(first, every) for first in firsts]))
        self._run("beat", "-S", "celery.beat:Scheduler")
        if not wait_for(_begun(self.folder).exists, patience):
            raise GaveUp(f"gave up after {patience:.0f} s: beat does not start")

    def start(self) -> None:
        """It runs already."""

    def starts(self) -> list[Start]:
        found = _calls(self.folder).read_bytes() if self.started() else b""
        return [(str(number), due, started) for number, due, started in _CALL.iter_unpack(found)]

    def started(self) -> int:
        file = _calls(self.folder)
        return file.stat().st_size // _CALL.size if file.exists() else 0

    def recorded(self) -> int:
        return int(self._results.dbsize())

    def stop(self) -> None:
        self._processes.close()
