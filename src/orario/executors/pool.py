"""Threads for `def` tasks; one that never ends does not keep the server from exiting."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Lock, Semaphore, Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonPool(ThreadPoolExecutor):
    """The standard pool's threads are waited for at exit, whatever they do. These are daemons."""

    def __init__(self, size: int, name: str) -> None:
        super().__init__(size, name)
        self._size, self._name = size, name
        self._errands: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._idle = Semaphore(0)
        self._started = 0
        self._guard = Lock()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def errand() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)

        self._errands.put(errand)
        self._find_thread()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let idle threads go; busy ones go when they are done. Nobody waits for them."""
        for _ in range(self._started):
            self._errands.put(None)

    def _find_thread(self) -> None:
        if self._idle.acquire(blocking=False):
            return
        with self._guard:
            if self._started < self._size:
                self._started += 1
                Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()

    def _work(self) -> None:
        while errand := self._errands.get():
            errand()
            del errand  # or its arguments stay alive until the next one
            self._idle.release()
