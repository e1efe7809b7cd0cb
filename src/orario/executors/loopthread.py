"""An event loop in a thread of its own that no callback can bring down."""

import asyncio
import logging
from collections.abc import Callable
from threading import Thread
from typing import Any

log = logging.getLogger("orario.executors")

FAREWELL = 1.0  # seconds that tasks left behind get to end


class LoopThread:
    """Runs from `start` to `stop`. If user code blocks it for ever, it is left behind: its thread is a daemon."""

    loop: asyncio.AbstractEventLoop  # made by `start`, for one that is never started is never closed

    def __init__(self, name: str) -> None:
        self.thread = Thread(target=self._run, name=name, daemon=True)
        self._is_stopping = False

    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread.start()

    def call(self, function: Callable[..., object], *args: Any) -> None:
        """Call on the loop, soon. After its end nothing happens."""
        try:
            self.loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # closed
            return

    def stop(self) -> None:
        """End the loop; whatever still runs on it is cancelled."""
        self._is_stopping = True
        if self.thread.is_alive():
            self.call(self.loop.stop)
            self.thread.join(2 * FAREWELL)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        while not self._is_stopping:
            try:
                self.loop.run_forever()
            except BaseException:  # SystemExit or KeyboardInterrupt raised in a task that user code has started
                log.exception("%s was asked to exit by a task; it goes on", self.thread.name)
        self._close()

    def _close(self) -> None:
        try:
            if left := asyncio.all_tasks(self.loop):
                for task in left:
                    task.cancel()
                self.loop.run_until_complete(asyncio.wait(left, timeout=FAREWELL))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        except BaseException:
            log.exception("%s did not end cleanly", self.thread.name)
        finally:
            self.loop.close()
