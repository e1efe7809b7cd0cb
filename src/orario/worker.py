"""Orario inside a Celery worker: the task that takes messages, and what is started and stopped around it."""

import logging
import sys
from datetime import timedelta
from typing import Any

from celery.signals import after_setup_logger, worker_init, worker_shutdown, worker_shutting_down
from celery.worker.control import control_command
from pydantic import ValidationError

from orario.core.errors import Misconfigured, OrarioError
from orario.engine.station import Station
from orario.executors.capture import Masked, hush, install
from orario.executors.celery import app
from orario.executors.celeryapp import TASK
from orario.executors.celerypool import Pool
from orario.runtime import Runtime, load_apps
from orario.settings import Settings

log = logging.getLogger("orario")


class Worker:
    """One runtime without a scheduler."""

    def __init__(self, settings: Settings, limit: int) -> None:
        self.runtime = Runtime(settings, load_apps(settings.apps))
        self.runtime.look()
        self.runtime.make_tables()
        self.runtime.executor.start()
        self.runtime.open_apps()
        self.station = Station(self.runtime.engine, limit)
        self.station.start()
        Pool.bring = self.station.bring

    def stop(self) -> None:
        """Let what runs end, as a server does."""
        self.station.stop(timedelta(seconds=self.runtime.settings.drain_seconds))
        self.runtime.close_apps()
        self.runtime.executor.stop()
        self.runtime.database.close()


_here: list[Worker] = []  # one in each process


@app.task(name=TASK)  # type: ignore[untyped-decorator]
def perform(*_: object) -> None:
    """What messages name: the pool passes them on unopened, and only what is none of Orario's gets here."""
    log.error("a message that is none of Orario's was dropped")


@control_command(name="enable_events")  # type: ignore[untyped-decorator]
def keep_silent(_: object) -> dict[str, str]:
    """Whoever follows other applications' workers asks all to tell; Orario's own tell the database."""
    return {"ok": "Orario's workers tell the database"}


@worker_init.connect  # type: ignore[untyped-decorator]
def begin(sender: Any, **_: Any) -> None:
    """Open the database and load the apps; a worker that cannot must not take messages."""
    try:
        _here.append(Worker(_settings(sender), sender.concurrency))
    except OrarioError as error:
        sys.exit(f"This worker cannot start: {error}")


def _settings(sender: Any) -> Settings:
    if "orario" not in str(getattr(sender.pool_cls, "__module__", sender.pool_cls)):
        raise Misconfigured("Orario's workers have a pool of their own: leave out -P, and say how many with -c")
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Misconfigured(f"ORARIO_{'_'.join(map(str, first['loc'])).upper()} {first['msg']}") from None
    if settings.celery_broker_url is None:
        raise Misconfigured("ORARIO_CELERY_BROKER_URL is not set: it says where the messages are")
    return settings


@after_setup_logger.connect  # type: ignore[untyped-decorator]
def mask(logger: logging.Logger, **_: Any) -> None:
    """Let no handler print a secret of a task's, and take again what tasks write: Celery has begun anew."""
    hush()
    for handler in logger.handlers:
        handler.addFilter(Masked())
    install()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def hold(**_: Any) -> None:
    """Start nothing new."""
    for one in _here:
        one.station.hold()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def end(**_: Any) -> None:
    """Drain."""
    while _here:
        _here.pop().stop()
