"""App: what a package declares - tasks, jobs, tables, settings, routes. The only way to extend Orario."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pydantic_settings import BaseSettings
from sqlalchemy import MetaData

from orario.app.celerytasks import Entrusting
from orario.app.declaration import Declaration
from orario.app.demo import Demo, StandIn
from orario.app.listening import AlarmHook, Ledger, Listener
from orario.app.pages import Showing
from orario.app.starting import Init, Setup
from orario.core.durations import Duration, duration
from orario.core.errors import Misconfigured
from orario.core.policy import Misfire, Overlap, Policy, Retry
from orario.core.references import names_in
from orario.core.schedule import Schedule
from orario.core.task import DEFAULT_QUEUE, Mode, Task

__all__ = ["AlarmHook", "App", "Declaration", "Demo", "Hook", "Init", "Ledger", "Listener", "Setup", "StandIn"]

if TYPE_CHECKING:  # whoever only asks a server, at the command line, should not wait for a web framework
    from fastapi import APIRouter

Function = TypeVar("Function", bound=Callable[..., Any])
Hook = Callable[[], object]  # what it returns is awaited, if it can be
Condition = Callable[[Any], bool]

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{0,99}")


@dataclass
class App(Showing, Entrusting):
    """A package's contribution to Orario.

        app = App("shop")

        @app.task(schedule=Cron("0 2 * * *"), timeout="10m", retries=3)
        async def close_the_day(context: Context, branch: str = "all") -> dict: ...

    `settings` is a pydantic-settings class, read at start and kept in `app.config`; `tables` are created in
    Orario's database, or follow the code by the Alembic steps of the package `migrations` (`versions/0001_*.py`);
    `router` is mounted under `prefix`, behind Orario's own access rules; `demo` is shown by `orario demo`; pages and
    panels of the dashboard have their templates in the folder `templates`.
    """

    name: str
    display_name: str | None = None
    settings: type[BaseSettings] | None = None
    tables: MetaData | None = None
    migrations: str | None = None
    router: "APIRouter | None" = None
    prefix: str = ""
    default_timeout: Duration | None = None
    demo: Demo | None = None
    init: Init | None = None  # what `orario init` writes
    templates: Path | None = None
    nicknames: Mapping[str, str] = field(default_factory=dict)  # other names of its jobs, which `orario run` takes
    tasks: dict[str, Task] = field(default_factory=dict, init=False)
    declarations: dict[str, Declaration] = field(default_factory=dict, init=False)
    conditions: dict[str, Condition] = field(default_factory=dict, init=False)
    startup_hooks: list[Hook] = field(default_factory=list, init=False)
    shutdown_hooks: list[Hook] = field(default_factory=list, init=False)
    listeners: list[Listener] = field(default_factory=list, init=False)
    alarm_hooks: list[AlarmHook] = field(default_factory=list, init=False)
    config: Any = field(default=None, init=False)
    services: Any = field(default=None, init=False)  # of the server that has loaded it

    def __post_init__(self) -> None:
        _require_name("app", self.name)
        if self.migrations is not None and self.tables is None:
            raise Misconfigured(f"app {self.name}: migrations lead to tables, and it declares none")

    @overload
    def task(self, function: Function, /) -> Function: ...
    @overload
    def task(
        self,
        *,
        name: str | None = None,
        display_name: str | None = None,
        description: str | None = None,
        schedule: Schedule | None = None,
        process: bool = False,
        elsewhere: bool = False,
        queue: str = DEFAULT_QUEUE,
        timeout: Duration | None = None,
        retries: int | Retry = 0,
        max_instances: int = 1,
        overlap: Overlap | str = Overlap.SKIP,
        misfire: Misfire | str = Misfire.LATEST,
        misfire_grace: Duration = 1,
        misfire_window: Duration = 86_400,
        misfire_cap: int = 100,
        start_within: Duration | None = None,
        priority: int = 0,
        pause_after_failures: int | None = None,
        keep_for: Duration | None = None,
        keep_count: int | None = None,
        is_system: bool = False,
        handler_path: str | None = None,
        handler_type: str | None = None,
        active: Condition | None = None,
        inactive_reason: str | None = None,
    ) -> Callable[[Function], Function]: ...
    def task(
        self,
        function: Any = None,
        *,
        schedule: Schedule | None = None,
        active: Condition | None = None,
        **options: Any,
    ) -> Any:
        """Register a function as a task, named `<app>.<function>` unless `name` says otherwise.

        With a `schedule`, a job of the function's own name is declared too. `elsewhere` says that the function is
        never called here: its jobs are done on some other machine, which tells by pings. `active` is asked once the
        app's settings are read; jobs of a task that is not active are refused, with `inactive_reason`. Raises
        Misconfigured for names that are taken and for functions that cannot be called by name.
        """

        def register(function: Function) -> Function:
            task = self._make_task(function, **options)
            if task.name in self.tasks:
                raise Misconfigured(f"app {self.name}: the task {task.name} is declared twice")
            task.check()
            self.tasks[task.name] = task
            if active is not None:
                self.conditions[task.name] = active
            if schedule is not None:
                self.job(
                    function.__name__,
                    task.name,
                    schedule,
                    name=task.display_name,
                    description=task.description,
                )
            return function

        return register if function is None else register(function)

    def _make_task(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        display_name: str | None = None,
        description: str | None = None,
        process: bool = False,
        elsewhere: bool = False,
        queue: str = DEFAULT_QUEUE,
        handler_path: str | None = None,
        handler_type: str | None = None,
        is_system: bool = False,
        inactive_reason: str | None = None,
        mode: Mode | None = None,
        **policy: Any,
    ) -> Task:
        name = name or f"{self.name}.{function.__name__}"
        _require_name("task", name)
        mode = mode or (Mode.ELSEWHERE if elsewhere else _mode(function, process))
        return Task(
            name=name,
            app=self.name,
            function=function,
            mode=mode,
            display_name=display_name or function.__name__.replace("_", " ").capitalize(),
            description=description or inspect.getdoc(function),
            handler_path=handler_path or f"{function.__module__}.{function.__qualname__}",
            handler_type=handler_type or mode.value,
            queue=queue,
            policy=self._policy(Policy(), timeout=policy.pop("timeout", self.default_timeout), **policy),
            is_system=is_system,
            inactive_reason=inactive_reason,
        )

    def _policy(
        self,
        base: Policy,
        *,
        timeout: Duration | None = None,
        retries: int | Retry | None = None,
        **rest: Any,
    ) -> Policy:
        if timeout is not None:
            rest["timeout"] = duration(timeout)
        if retries is not None:
            rest["retry"] = retries if isinstance(retries, Retry) else Retry(retries)
        for word, kind in (("overlap", Overlap), ("misfire", Misfire)):
            if word in rest:
                rest[word] = kind(rest[word])
        for word in ("misfire_grace", "misfire_window", "start_within", "keep_for"):
            if rest.get(word) is not None:
                rest[word] = duration(rest[word])
        if (count := rest.get("keep_count")) is not None and count < 1:
            raise Misconfigured(f"app {self.name}: keep_count is 1 at least")
        return replace(base, **rest)

    def job(
        self,
        slug: str,
        task: str | Callable[..., Any],
        schedule: Schedule,
        *,
        name: str | None = None,
        description: str | None = None,
        args: Mapping[str, Any] | None = None,
        queue: str | None = None,
        timezone: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        jitter: Duration = 0,
        exclude: tuple[date, ...] = (),
        calendars: tuple[str, ...] = (),
        enabled: bool = True,
        **policy: Any,
    ) -> None:
        """Declare a job of a task of this app; further keywords are those of `task` (timeout, retries, ...).

        Raises Misconfigured for a slug that is taken and an unknown task; Invalid for arguments that do not fit.
        """
        _require_name("job", slug)
        if slug in self.declarations:
            raise Misconfigured(f"app {self.name}: the job {slug} is declared twice")
        found = self._find_task(task)
        if not names_in(args):  # what secrets hold is not known here
            found.bind(args or {})
        self.declarations[slug] = Declaration(
            slug=slug,
            name=name or slug.replace("_", " ").replace("-", " ").capitalize(),
            description=description or found.description,
            app=self.name,
            task=found.name,
            args=dict(args or {}),
            queue=queue or found.queue,
            schedule=schedule,
            timezone=timezone,
            start=start,
            end=end,
            jitter=duration(jitter),
            excluded_dates=frozenset(exclude),
            calendars=calendars,
            policy=self._policy(found.policy, **policy),
            is_enabled=enabled,
        )

    def _find_task(self, task: str | Callable[..., Any]) -> Task:
        for candidate in self.tasks.values():
            if task in (candidate.name, candidate.function):
                return candidate
        raise Misconfigured(f"app {self.name}: a job names the task {task}, which this app does not declare")

    def configure(self, config: Any) -> None:
        """Take the settings that were read, and let the tasks that depend on them be active or not."""
        self.config = config
        for name, condition in self.conditions.items():
            self.tasks[name] = replace(self.tasks[name], is_active=condition(config))

    def on_startup(self, hook: Hook) -> Hook:
        """Call `hook` when the server starts, before the first job fires."""
        self.startup_hooks.append(hook)
        return hook

    def listen(self, listener: Listener) -> Listener:
        """Call `listener(ledger, events)` in every transaction in which something happens, just before its commit.

        It must be quick: ticks and settlements wait for it. What it raises is logged and undone, and costs nobody
        else anything. Listeners run in every instance, in the engine's thread and, for pings, in those of requests;
        what they remember is their own.
        """
        self.listeners.append(listener)
        return listener

    def on_alarm(self, hook: AlarmHook) -> AlarmHook:
        """Call `hook(alarm)` from the watchdog's thread when the ledger itself cannot carry the news."""
        self.alarm_hooks.append(hook)
        return hook

    def on_shutdown(self, hook: Hook) -> Hook:
        """Call `hook` when the server stops, after the last attempt has ended."""
        self.shutdown_hooks.append(hook)
        return hook


def _mode(function: Callable[..., Any], process: bool) -> Mode:
    if process:
        return Mode.PROCESS
    return Mode.LOOP if inspect.iscoroutinefunction(function) else Mode.THREAD


def _require_name(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Misconfigured(f"{name!r} cannot name a {what}: use letters, digits, _ . - and start with a letter")
