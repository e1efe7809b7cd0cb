"""Waits for news without holding a thread or a connection: for streams, and for triggers that answer at the end."""

import asyncio
import time
from contextlib import suppress
from types import TracebackType
from typing import Self
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from orario.core.execution import Execution
from orario.store.wake import Topic, Wake

POLL_SECONDS = 1.0  # other instances ring their own bells; their news is found by looking
LAST_SECONDS = 2.0  # what is under way when the server stops may end in time to be told; then it is told as it stands
BREATH_SECONDS = 0.1  # bells come by the hundred; one look serves them all


class Bell:
    """Lets a coroutine sleep until something has changed, or until it is time to look anyway."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._rung = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def is_over(self) -> bool:
        """Whether this server is about to stop."""
        return self._wake.is_over

    def __enter__(self) -> Self:
        self._unsubscribe = self._wake.subscribe(self._heard)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._unsubscribe()

    async def wait(self, seconds: float) -> None:
        """Until the next news, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
                await asyncio.sleep(BREATH_SECONDS)
        except TimeoutError:
            pass
        self._rung.clear()

    def _heard(self, topic: Topic) -> None:
        # Called from the ringing thread; asking the event first keeps a busy engine from flooding the loop.
        if topic is Topic.CHANGED and not self._rung.is_set():
            with suppress(RuntimeError):  # the loop was closed a moment ago: nobody waits any more
                self._loop.call_soon_threadsafe(self._rung.set)


async def finished(request: Request, execution_id: UUID, seconds: float) -> Execution:
    """The execution once it is final, or as it stands after so many seconds."""
    get = request.app.state.services.executions.get
    until, is_last = time.monotonic() + seconds, False
    with Bell(request.app.state.wake) as bell:
        while True:
            execution: Execution = await run_in_threadpool(get, execution_id)
            if bell.is_over and not is_last:
                is_last, until = True, min(until, time.monotonic() + LAST_SECONDS)
            left = until - time.monotonic()
            if execution.state.is_final or left <= 0:
                return execution
            await bell.wait(min(left, POLL_SECONDS))
