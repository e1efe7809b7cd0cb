"""LocalExecutor: carries attempts inside this instance."""

import asyncio
from asyncio import Task as AsyncioTask
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from orario.core.clock import Clock
from orario.core.execution import Ending, Outcome
from orario.core.task import Mode
from orario.engine.executor import Work
from orario.engine.inbox import Inbox
from orario.executors import capture
from orario.executors.calling import in_process, in_thread, on_loop
from orario.executors.judging import DISOWNED, SHUTDOWN, Stop
from orario.executors.loopthread import LoopThread
from orario.executors.means import Means
from orario.executors.perform import Performance
from orario.executors.pool import DaemonPool
from orario.executors.stopping import Stopper
from orario.executors.watchdog import Watchdog
from orario.service.services import Services
from orario.settings import Settings
from orario.store.vault import Vault

LAST_PATIENCE = 15.0  # seconds beyond the grace for what cannot be stopped, at the end of a drain


class LocalExecutor:
    """`async def` on the work loop, `def` in threads, processes in wardens.

    The care loop holds the threads' and processes' time-outs: no user code runs there, so none can delay them.
    """

    def __init__(
        self, inbox: Inbox, vault: Vault, clock: Clock, settings: Settings, services: Services | None = None
    ) -> None:
        self._means: Means[Performance] = Means(
            inbox=inbox,
            vault=vault,
            clock=clock,
            settings=settings,
            services=services,
            disarm=self._disarm,
            on_loop=self._on_loop,
        )
        self._work = LoopThread("orario-work")
        self._care = LoopThread("orario-care")
        self._threads = DaemonPool(settings.threads, "orario-thread")
        self._helpers = DaemonPool(settings.threads, "orario-helper")  # asyncio.to_thread and name look-ups
        self._work_stopper = Stopper(self._work, settings.kill_grace_seconds)
        self._care_stopper = Stopper(self._care, settings.kill_grace_seconds)
        self._watchdog = Watchdog(self._work, self._care, self._means)
        self._starts = {
            Mode.LOOP: (self._work, self._start_coroutines),
            Mode.THREAD: (self._care, self._start_threads),
            Mode.PROCESS: (self._care, self._start_processes),
        }
        self._is_draining = False

    def start(self) -> None:
        """Start the loops; nothing is carried before."""
        capture.install()
        self._work.start()
        self._work.call(self._furnish)
        self._care.start()
        self._care.call(self._watchdog.turn)

    def _furnish(self) -> None:
        self._work.loop.set_default_executor(self._helpers)
        self._work.loop.set_task_factory(_note_stray)

    def stop(self) -> None:
        """End the loops; drain first, or what still runs is dropped without a report."""
        self._work.stop()
        self._care.stop()
        self._threads.shutdown()
        self._helpers.shutdown()

    def complete(self, awaitable: Awaitable[object], patience: float | None = None) -> None:
        """Await this on the work loop, from another thread: what an app's hook opens there, its tasks can use."""
        asyncio.run_coroutine_threadsafe(_awaited(awaitable), self._work.loop).result(patience)

    def room(self, mode: Mode) -> int:
        return 0 if self._is_draining else self._means.slots.room(mode)

    def carry(self, works: Sequence[Work]) -> None:
        fresh = [Performance(work, self._means) for work in works]
        self._means.underway.update((one.work.token, one) for one in fresh)
        if self._is_draining:
            for one in fresh:
                one.report(Outcome(SHUTDOWN.ending, error_message=SHUTDOWN.reason))
            return
        for mode in Mode:
            if chosen := [one for one in fresh if one.work.task.mode is mode]:
                self._means.slots.take(mode, len(chosen))
                loop, start = self._starts[mode]
                loop.call(start, chosen)

    def cancel(self, tokens: Iterable[UUID], reason: str) -> None:
        self._stop(self._known(tokens), Stop(Ending.CANCELLED, reason))

    def abandon(self, tokens: Iterable[UUID]) -> None:
        chosen = self._known(tokens)
        for one in chosen:
            self._means.underway.pop(one.work.token, None)
            one.is_over = True
        self._stop(chosen, DISOWNED)
        if not self._means.underway:
            self._means.on_idle()

    async def drain(self, grace: timedelta) -> None:
        self._is_draining = True
        await self._quiet(grace.total_seconds())
        self._stop(list(self._means.underway.values()), SHUTDOWN)
        await self._quiet(self._means.settings.kill_grace_seconds + LAST_PATIENCE)
        for one in list(self._means.underway.values()):
            one.give_up("it still runs")

    async def _quiet(self, seconds: float) -> None:
        """Wait until nothing is under way, at most so long."""
        loop, idle = asyncio.get_running_loop(), asyncio.Event()
        self._means.on_idle = lambda: _call(loop, idle.set)
        if self._means.underway:
            try:
                await asyncio.wait_for(idle.wait(), seconds)
            except TimeoutError:
                return

    def _known(self, tokens: Iterable[UUID]) -> list[Performance]:
        found = (self._means.underway.get(token) for token in tokens)
        return [one for one in found if one is not None]

    def _stop(self, performances: list[Performance], stop: Stop) -> None:
        for one in performances:
            one.ask(stop)  # at once: threads look at it with every call of their context
        for loop, stopper, is_coroutine in (
            (self._work, self._work_stopper, True),
            (self._care, self._care_stopper, False),
        ):
            if chosen := [one for one in performances if (one.work.task.mode is Mode.LOOP) is is_coroutine]:
                loop.call(_press_all, stopper, chosen)

    def _start_coroutines(self, performances: list[Performance]) -> None:
        loop, arm = self._work.loop, self._work_stopper.arm
        for one in performances:
            one.task = AsyncioTask(on_loop(one), loop=loop, name=one.work.task.name)
            arm(one)

    def _start_threads(self, performances: list[Performance]) -> None:
        for one in performances:
            self._care_stopper.arm(one)
            self._threads.submit(in_thread, one)

    def _start_processes(self, performances: list[Performance]) -> None:
        for one in performances:
            one.task = self._care.loop.create_task(in_process(one))
            self._care_stopper.arm(one)

    def _on_loop(self, function: Callable[[], None]) -> None:
        self._work.call(function)

    def _disarm(self, performance: Performance) -> None:
        is_coroutine = performance.work.task.mode is Mode.LOOP
        (self._work_stopper if is_coroutine else self._care_stopper).disarm(performance)


async def _awaited(awaitable: Awaitable[object]) -> None:
    await awaitable


def _press_all(stopper: Stopper, performances: list[Performance]) -> None:
    for one in performances:
        stopper.press(one)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:  # the drain is long over
        return


def _note_stray(loop: asyncio.AbstractEventLoop, coroutine: Any, /, **options: Any) -> AsyncioTask[Any]:
    """Make a task for user code, and remember to which attempt it belongs."""
    task = AsyncioTask(coroutine, loop=loop, **options)
    voice = capture.CURRENT.get()
    if isinstance(voice, Performance):
        voice.strays.add(task)
    return task
