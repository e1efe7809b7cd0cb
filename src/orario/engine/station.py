"""The thread of a Celery worker: what an engine does for attempts under way, without ticks, lead or line."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

from orario.engine.engine import Engine, Nudge
from orario.engine.loop import Loop, Part
from orario.engine.porter import Porter
from orario.store import instances
from orario.store.handovers import Parcel

log = logging.getLogger("orario.engine")


class Station:
    """Beats, starts and settles. A worker is an instance that never leads: if it falls silent, the one who leads
    recovers what it carried."""

    def __init__(self, engine: Engine, limit: int) -> None:
        self._engine = engine
        self.porter = Porter(engine.database, engine.clock, engine.answering, engine.dispatcher, limit)
        self._up = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._main, name="orario-station", daemon=True)

    def start(self) -> None:
        """Register with the others; raises what stands in the way."""
        self._thread.start()
        self._up.wait()
        if self._error is not None:
            raise self._error

    def bring(self, parcels: Sequence[Parcel]) -> "Future[None]":
        """A message has come; the future is done once it is worth nothing any more."""
        return self.porter.bring(parcels)

    def hold(self) -> None:
        """Start nothing new, and give back what waits. `stop` is still to come."""
        self.porter.draining = True
        self._loop.call_soon_threadsafe(self._loops["porter"].wake)

    def stop(self, grace: timedelta) -> None:
        """Let running work end within `grace`, stop the rest, leave."""
        self.hold()
        asyncio.run_coroutine_threadsafe(self._drain(grace), self._loop).result()
        self._thread.join()

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:  # told to whoever waits for the start
            self._error = error
            if self._up.is_set():
                log.exception("the worker's engine has stopped")
        finally:
            self._up.set()

    async def _run(self) -> None:
        engine = self._engine
        self._loop = asyncio.get_running_loop()
        await engine.heartbeat.turn()
        parts: dict[str, Part] = {"heartbeat": engine.heartbeat, "porter": self.porter, "settler": engine.settler}
        self._loops = {name: Loop(name, part) for name, part in parts.items()}
        engine.dispatcher.on_fenced = self._loops["heartbeat"].wake
        engine.dispatcher.on_stop_asked = self._heed_cancels
        engine.settler.on_settled = self._settled
        engine.inbox.on_report = Nudge(self._loop, self._loops["settler"].wake)
        self.porter.on_brought = Nudge(self._loop, self._loops["porter"].wake)
        self._up.set()
        await asyncio.gather(*(loop.run() for loop in self._loops.values()))
        await engine.settler.turn()
        await engine.database.transact(instances.leave, engine.identity.id, engine.clock.now())

    def _settled(self, tokens: list[UUID]) -> None:
        self._engine.dispatcher.settled(tokens)
        if tokens:
            self._loops["porter"].wake()

    def _heed_cancels(self) -> None:
        self._heeding = self._loop.create_task(self._engine.heartbeat.heed_cancels())

    async def _drain(self, grace: timedelta) -> None:
        async with self._engine.dispatcher.giving:
            pass  # what was claimed a moment ago is handed over by now, and may end like the rest
        await self._engine.executor.drain(grace)
        for loop in self._loops.values():
            loop.stop()
