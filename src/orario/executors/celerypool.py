"""The pool of Orario's Celery workers: it has no threads, for a message is only passed on and waited for."""

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from threading import get_ident
from typing import Any

from celery.concurrency.base import BasePool, apply_target
from kombu.serialization import loads

from orario.executors.celeryapp import unpack
from orario.store.handovers import Parcel

log = logging.getLogger("orario")

Bring = Callable[[Sequence[Parcel]], "Future[None]"]
_DONE = (0, None, 0.0)  # how Celery says that a task has ended well: (failed, value, seconds)
_PATIENCE = 5.0  # seconds for what is in hand at the end


class Pool(BasePool):  # type: ignore[misc]
    """Celery acknowledges on the thread of its own loop, which a pipe wakes: its pool of threads would leave each
    acknowledgement, and the next message with it, to the loop's next look a second later."""

    bring: Bring | None = None  # set by the worker before it takes messages
    body_can_be_buffer = False
    signal_safe = True

    def on_start(self) -> None:
        self._ended: deque[Callable[[], None]] = deque()
        self._open = 0
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def register_with_event_loop(self, loop: Any) -> None:
        loop.add_reader(self._read, self._wake)

    def on_apply(
        self,
        target: Callable[..., Any],
        args: Sequence[Any] = (),
        kwargs: Any = None,
        callback: Callable[[Any], None] | None = None,
        accept_callback: Callable[..., None] | None = None,
        **_: Any,
    ) -> None:
        parcels = _parcels(args)
        if not parcels or Pool.bring is None or callback is None:
            apply_target(target, args, kwargs, callback, accept_callback)
            return
        if accept_callback is not None:
            accept_callback(os.getpid(), time.monotonic())
        self._open += 1
        answered = callback
        Pool.bring(parcels).add_done_callback(lambda _: self._end(lambda: answered(_DONE)))

    def _end(self, callback: Callable[[], None]) -> None:
        """From the station's thread."""
        self._ended.append(callback)
        with suppress(OSError):  # full: it is awake; closed: it is over
            os.write(self._write, b".")

    def _wake(self, *_: Any) -> None:
        """On the loop's thread."""
        with suppress(BlockingIOError):
            os.read(self._read, 65_536)
        while self._ended:
            self._open -= 1
            try:
                self._ended.popleft()()
            except Exception:  # the broker went away: it brings the message again, and nobody heeds it
                log.warning("a message could not be acknowledged", exc_info=True)

    def on_stop(self) -> None:
        until = time.monotonic() + _PATIENCE
        while self._open and time.monotonic() < until:
            self._wake()
            time.sleep(0.01)

    def _get_info(self) -> dict[str, Any]:
        return {**super()._get_info(), "threads": [get_ident()], "in-hand": self._open}


def _parcels(args: Sequence[Any]) -> list[Parcel]:
    """What a message names; nothing in one that is not Orario's."""
    try:
        _, _, _, body, content_type, encoding = args
        named, *_ = loads(body, content_type, encoding, accept={"json", "application/json"})  # type: ignore[no-untyped-call]
        return unpack(named)
    except Exception:  # whatever it was, the task itself says so
        return []
