"""An event loop in a thread of its own, for contenders that live in one."""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Thread
from typing import Any


class LoopThread:
    """Runs until the process ends."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        Thread(target=self.loop.run_forever, name="loop", daemon=True).start()

    def call(self, function: Callable[[], object]) -> None:
        """Call it on the loop, and wait for its end."""
        self.run(_call(function))

    def run(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Run it on the loop, and wait for its end."""
        asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()


async def _call(function: Callable[[], object]) -> None:
    function()
