"""Settings and apps in; started loops and services out."""

import importlib
import inspect
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points, version
from typing import Protocol
from uuid import UUID

from pydantic import ValidationError

from orario.app import App, Hook
from orario.core.clock import Clock, SystemClock
from orario.core.errors import Misconfigured
from orario.core.task import Mode, Task
from orario.core.tracing import KEPT_AS
from orario.core.vitals import Vitals
from orario.engine.engine import Engine
from orario.engine.executor import Executor
from orario.engine.inbox import Inbox
from orario.engine.lifesign import Lifesign
from orario.engine.tracing import Traces
from orario.executors.local import LocalExecutor
from orario.service.services import Services
from orario.settings import Settings
from orario.store import executions, queues, resealing
from orario.store.appschema import AppSchema, migrate_apps
from orario.store.database import Database
from orario.store.migrating import migrate
from orario.store.named import NamedSecrets
from orario.store.vault import Vault
from orario.store.wake import Wake

log = logging.getLogger("orario")

VERSION = version("orario")
STANDARD_APPS = ("http", "shell", "notify", "retention", "ping")
_GROUP = "orario.apps"
_COLLECTOR = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Carrier(Executor, Protocol):
    """An executor that lives as long as the runtime and can await an app's hook where its tasks run."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def complete(self, awaitable: Awaitable[object], patience: float | None = None) -> None: ...


_HOOK_SECONDS = 10.0  # for a coroutine called at the end


class Runtime:
    """One Orario in this process. `prepare()` makes it answer, `start()` makes it fire."""

    def __init__(
        self,
        settings: Settings,
        apps: Sequence[App],
        *,
        clock: Clock | None = None,
        database: Database | None = None,
        executor: Callable[[Inbox, Vault, Clock, Settings, Services], Carrier] = LocalExecutor,
    ) -> None:
        self.settings = settings
        self.apps = list(apps)
        self.clock = clock or SystemClock()
        self.database = database or Database(settings.database_url)
        self.wake = Wake()
        self.vault = Vault.beside(self.database.path, settings.key, NamedSecrets(self.database, self.clock))
        self.catalog: dict[str, Task] = {}
        self.vitals = Vitals()
        self.services = Services.build(
            self.database, self.catalog, self.clock, self.wake, settings, self.vault, self.vitals
        )
        self.inbox = Inbox()
        self.executor = executor(self.inbox, self.vault, self.clock, settings, self.services)
        self.engine = Engine(
            self.database,
            self.catalog,
            self.executor,
            self.inbox,
            self.clock,
            self.wake,
            version=VERSION,
            heartbeat=settings.heartbeat_seconds,
            queue_width=settings.queue_width,
            vitals=self.vitals,
            watchdog=settings.watchdog_limit,
            jobs_shown=settings.metrics_per_job,
        )
        self.traces = self.inbox.traces = self.engine.tally.traces = _traces(self.engine.identity.id, self.database)
        self.services.watched.tell = self.services.news.hear = self.engine.telling.tell
        self.engine.lifesign = _lifesign(settings, self.vitals, self.clock)
        self._employ_celery()

    def prepare(self, *, is_all: bool = True) -> None:
        """Look, and write down the apps' tasks and jobs; jobs without code are broken if it `is_all` there is."""
        self.look()
        self.make_tables()
        self.services.jobs.declare(self.apps, self.catalog, self.engine.telling.tell, is_all=is_all)

    def look(self) -> None:
        """Bring the schema up to date and read the apps' settings; that is enough to answer.

        A visitor need not have all of the server's apps, and must not break the jobs of those that it lacks.
        """
        migrate(self.database)
        for app in self.apps:
            _configure(app)
            app.services = self.services
            if app.tables is not None:
                resealing.heed(app.tables)
        self.catalog.update(self._able(_catalog(self.apps)))
        self.engine.telling.listeners = {app.name: app.listeners for app in self.apps if app.listeners}
        self.engine.sentry.hooks = [self.engine.tally.alarmed] + [
            hook for app in self.apps for hook in app.alarm_hooks
        ]

    def start(self) -> None:
        """Call the startup hooks, on the loop of the tasks where they are coroutines; then let the engine run."""
        self._check_queues()
        self.executor.start()
        self.open_apps()
        self.engine.start()

    def stop(self) -> None:
        """Drain, stop, call the shutdown hooks, close the database."""
        self.engine.stop(timedelta(seconds=self.settings.drain_seconds))
        if self.engine.follower is not None:
            self.engine.follower.agency.close()
        self.close_apps()
        self.executor.stop()
        if self.traces is not None:
            self.traces.close()
        self.database.close()

    def open_apps(self) -> None:
        """Call the startup hooks."""
        for hook in (hook for app in self.apps for hook in app.startup_hooks):
            self._call(hook)

    def close_apps(self) -> None:
        """Call the shutdown hooks, the last app's first."""
        for hook in (hook for app in reversed(self.apps) for hook in app.shutdown_hooks):
            try:
                self._call(hook, patience=_HOOK_SECONDS)
            except Exception:  # the others are to be called all the same
                log.exception("a shutdown hook failed")

    def _call(self, hook: Hook, patience: float | None = None) -> None:
        answer = hook()
        if inspect.isawaitable(answer):
            self.executor.complete(answer, patience)

    def _employ_celery(self) -> None:
        """Send the work of queues set to Celery to its broker; without one, nothing of Celery is loaded."""
        if self.settings.celery_broker_url is None:
            return
        try:
            from orario.executors import celeryagency, celeryapp
        except ImportError as error:
            raise Misconfigured(f"ORARIO_CELERY_BROKER_URL needs pip install 'orario[celery]' ({error})") from None
        settings, url = self.settings, self.settings.celery_broker_url.get_secret_value()
        results = settings.celery_result_url and settings.celery_result_url.get_secret_value()
        agency = celeryagency.CeleryAgency(url, results or None, self.vault, settings.max_result_bytes)
        lost_after, grace = settings.celery_lost_after_seconds, settings.kill_grace_seconds
        self.engine.employ(celeryapp.CeleryPost(url), agency, timedelta(seconds=lost_after), timedelta(seconds=grace))

    def _able(self, catalog: Mapping[str, Task]) -> Mapping[str, Task]:
        """Tasks of Celery applications are there once it is known where their messages go."""
        if self.settings.celery_broker_url is not None:
            return catalog
        why = "it is a task of a Celery application, and ORARIO_CELERY_BROKER_URL is not set"
        return {
            name: replace(task, is_active=False, inactive_reason=why) if task.mode is Mode.CELERY_TASK else task
            for name, task in catalog.items()
        }

    def _check_queues(self) -> None:
        if self.settings.celery_broker_url is not None:
            return
        with self.database.reading() as connection:
            names = queues.carried_by(connection, queues.CELERY)
        if names:
            raise Misconfigured(
                f"the queue {names[0]} is carried by Celery, but ORARIO_CELERY_BROKER_URL is not set; set it, or "
                f"give the queue back with `orario queues set {names[0]} --executor local`"
            )

    def make_tables(self) -> None:
        """Bring the apps' own tables up to date."""
        with self.database.writing() as connection:
            migrate_apps(connection, schemas_of(self.apps))


def _traces(instance: UUID, database: Database) -> Traces | None:
    """Spans go to the collector that OpenTelemetry's own variables name; without one, nothing of it is loaded."""
    if not any(os.environ.get(name) for name in _COLLECTOR) or os.environ.get("OTEL_SDK_DISABLED") == "true":
        return None
    try:
        from orario.executors import otel
    except ImportError as error:
        log.warning("no traces are sent: pip install 'orario[otel]' (%s)", error)
        return None
    return otel.OtelTraces(otel.provider(VERSION, instance), lambda id: _kept_parent(database, id))


def _kept_parent(database: Database, execution: UUID) -> str | None:
    with database.reading() as connection:
        found = executions.get(connection, execution)
    return None if found is None or found.metadata is None else found.metadata.get(KEPT_AS)


def _lifesign(settings: Settings, vitals: Vitals, clock: Clock) -> Lifesign | None:
    if settings.heartbeat_url is None:
        return None
    url, every = settings.heartbeat_url.get_secret_value(), settings.heartbeat_url_every_seconds
    return Lifesign(url, every, settings.watchdog_limit, vitals, clock, VERSION)


def schemas_of(apps: Iterable[App]) -> list[AppSchema]:
    """The tables of those apps that have any."""
    return [AppSchema(app.name, app.tables, app.migrations) for app in apps if app.tables is not None]


def load_apps(names: Sequence[str]) -> list[App]:
    """The named apps and the standard ones; with no names, every shipped app.

    A name is that of a shipped or installed app, or `module:attribute`. Raises Misconfigured, naming the app. Shipped
    ones that nobody named, and that want an extra which is not installed, are left out.
    """
    installed = {entry.name: entry for entry in entry_points(group=_GROUP)}
    standard = [name for name in STANDARD_APPS if name in installed]
    wanted = [*standard, *(names or [name for name in installed if _is_complete(installed[name])])]
    return [_load(name, installed) for name in dict.fromkeys(wanted)]


def _is_complete(entry: EntryPoint) -> bool:
    """Whether what an app wants beyond Orario itself is installed: `agent = "orario.apps.agent:app [apps]"`."""
    if not entry.extras:
        return True
    try:
        entry.load()
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("orario"):
            raise Misconfigured(f"the app {entry.name!r} cannot be loaded: {error}") from error
        log.info("the app %s is left out: pip install 'orario[%s]' (%s)", entry.name, ",".join(entry.extras), error)
        return False
    return True


def named_app(apps: Sequence[App], name: str) -> App:
    """The app that `load_apps` loaded under this name."""
    found = _load(name, {entry.name: entry for entry in entry_points(group=_GROUP)})
    return next(app for app in apps if app is found)


def _load(name: str, installed: dict[str, EntryPoint]) -> App:
    if ":" not in name and name not in installed:
        known = ", ".join(sorted(installed))
        raise Misconfigured(f"there is no app {name!r}; known are {known}, or give module:attribute")
    try:
        found = _import(name) if ":" in name else installed[name].load()
    except (ImportError, AttributeError) as error:
        extras = installed[name].extras if name in installed else []
        hint = f"; it needs pip install 'orario[{','.join(extras)}]'" if extras else ""
        raise Misconfigured(f"the app {name!r} cannot be loaded: {error}{hint}") from error
    if not isinstance(found, App):
        raise Misconfigured(f"{name!r} is a {type(found).__name__}, not an App")
    return found


def _import(name: str) -> object:
    module, _, attribute = name.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # a user's module lies in the working directory
    return getattr(importlib.import_module(module), attribute)


def _configure(app: App) -> None:
    if app.settings is None:
        return
    try:
        app.configure(app.settings())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        prefix = app.settings.model_config.get("env_prefix", "")
        variable = f"{prefix}{'_'.join(str(part) for part in first['loc'])}".upper()
        raise Misconfigured(f"{variable} (app {app.name}): {first['msg']}") from None


def _catalog(apps: Iterable[App]) -> dict[str, Task]:
    catalog: dict[str, Task] = {}
    for app in apps:
        for name, task in app.tasks.items():
            if name in catalog:
                raise Misconfigured(f"the task {name} is declared by {catalog[name].app} and by {app.name}")
            catalog[name] = task
    return catalog
