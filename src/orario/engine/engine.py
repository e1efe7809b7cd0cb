"""The engine: its parts, their wiring, and the thread in which they take their turns."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

from orario.core.clock import Clock
from orario.core.vitals import Vitals
from orario.engine.agency import Agency
from orario.engine.claiming import Catalog, Claiming
from orario.engine.dispatcher import Dispatcher
from orario.engine.errands import Errands
from orario.engine.executor import Executor
from orario.engine.follower import Follower
from orario.engine.handing import Answering, Entrusting, Handing
from orario.engine.heartbeat import Heartbeat
from orario.engine.identity import Identity
from orario.engine.inbox import Inbox
from orario.engine.jobcache import JobCache
from orario.engine.leader import Leader
from orario.engine.lifesign import Lifesign
from orario.engine.loop import Loop, Part
from orario.engine.post import Post
from orario.engine.postman import Postman
from orario.engine.sentry import Sentry
from orario.engine.settler import Settler
from orario.engine.tally import Tally
from orario.engine.telling import Telling
from orario.engine.ticker import Ticker
from orario.engine.upkeep import Upkeep
from orario.store import instances
from orario.store.database import Database
from orario.store.wake import Topic, Wake

log = logging.getLogger("orario.engine")


_GATHER = 0.025


@dataclass(frozen=True)
class Pace:
    """How fast the engine's pulse goes, all derived from one setting."""

    heartbeat: float

    @property
    def beat_every(self) -> float:
        return self.heartbeat / 2

    @property
    def patience(self) -> float:
        return self.heartbeat * 1.5

    @property
    def look_every(self) -> float:
        return self.heartbeat / 6


class Engine:
    """All parts of one instance. A test may call their `turn()`s by hand; `start()` gives them a thread."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        executor: Executor,
        inbox: Inbox,
        clock: Clock,
        wake: Wake,
        *,
        version: str,
        heartbeat: float,
        queue_width: int,
        vitals: Vitals,
        watchdog: float,
        jobs_shown: int = 0,
    ) -> None:
        pace = Pace(heartbeat)
        cache = JobCache()
        self.tally = Tally(jobs_shown)
        self.telling = Telling(clock, wake, tally=self.tally)
        self.on_moved: Callable[[], None] = lambda: None  # all goes elsewhere; called in the engine's thread
        self.database, self.executor, self.inbox, self.wake = database, executor, inbox, wake
        self.clock = clock
        self.identity = Identity(version)
        self.vitals = vitals
        self.lifesign: Lifesign | None = None
        self.sentry = Sentry(vitals, clock, watchdog, database.waiting_since)
        self.leader = Leader(database, self.identity, clock, pace.patience, pace.look_every, vitals)
        claiming = Claiming(self.identity, clock, catalog, cache, self.telling, queue_width)
        self.handing = Handing(self.identity, clock, catalog, cache, self.telling, queue_width)
        self.answering = Answering(self.identity, clock, catalog, cache, self.telling, queue_width)
        entrusting = Entrusting(self.identity, clock, catalog, cache, self.telling, queue_width)
        self._errands = Errands(self.identity, self.leader, clock, cache, self.telling, entrusting)
        self.postman: Postman | None = None
        self.follower: Follower | None = None
        self.dispatcher = Dispatcher(
            database, self.identity, clock, claiming, executor, self.telling, pace.beat_every
        )
        self.ticker = Ticker(database, self.identity, self.leader, clock, cache, self.dispatcher, self.telling)
        self.settler = Settler(database, self.identity, clock, inbox, self.telling)
        self.heartbeat = Heartbeat(database, self.identity, clock, self.dispatcher, executor, pace.beat_every)
        self.upkeep = Upkeep(database, self.identity, self.leader, clock, cache, self.telling, catalog)
        self._wire()
        self._thread: _EngineThread | None = None

    def _wire(self) -> None:
        self.settler.on_settled = self.dispatcher.settled
        self.settler.on_changed = self.upkeep.on_changed = lambda: self.wake.ring(Topic.CHANGED)
        self.heartbeat.on_reborn = self._stand_back
        self.leader.on_moved = lambda: self.on_moved()

    def _stand_back(self) -> None:
        if self.leader.leads:
            self.leader.lost()

    def employ(self, post: Post, agency: Agency, lost_after: timedelta, grace: timedelta) -> None:
        """From the start on, carry what is in Celery's queues to its broker, and what is of others' tasks."""
        self.follower = Follower.of(self.database, self._errands, agency, lost_after, grace)
        self.follower.on_changed = self.upkeep.on_changed
        self.postman = Postman(
            self.database, self.identity, self.leader, self.clock, self.handing, self.telling, post, lost_after
        )

    @property
    def parts(self) -> dict[str, Part]:
        """All that takes turns, by name."""
        abroad = {"postman": self.postman, "follower": self.follower}
        return {name: part for name, part in abroad.items() if part is not None} | {
            "heartbeat": self.heartbeat,
            "leader": self.leader,
            "ticker": self.ticker,
            "dispatcher": self.dispatcher,
            "settler": self.settler,
            "upkeep": self.upkeep,
        }

    def is_waited_for(self) -> bool:
        """Whether something waits for attempts to be settled."""
        return self.dispatcher.is_blocked or self.ticker.waits_since is not None

    async def enter(self) -> None:
        """Register with the others, and take the lead if nobody has it."""
        await self.heartbeat.turn()
        await self.leader.turn()

    async def leave(self) -> None:
        """Hand over the lead, settle what has come in, say goodbye."""
        await self.leader.give_up()
        await self.settler.turn()
        await self.database.transact(instances.leave, self.identity.id, self.clock.now())

    def start(self) -> None:
        """Run in a thread of its own, so that no request and no user code delays a tick."""
        self._thread = _EngineThread(self)
        self._thread.start()
        if self.leader.may_lead:
            self.sentry.start()
        if self.lifesign is not None:
            self.lifesign.start()

    def hold(self) -> None:
        """Start nothing new, and let another instance lead; running work goes on. `stop` is still to come."""
        self.dispatcher.draining = True
        if self._thread is not None:
            self._thread.hold()

    def stop(self, grace: timedelta) -> None:
        """Start nothing new, let running work end within `grace`, stop the rest, leave."""
        if self.lifesign is not None:
            self.lifesign.stop()
        self.sentry.stop()
        if self._thread is not None:
            self._thread.drain(grace)
            self._thread = None


class _EngineThread:
    """The loops of an engine, in a thread with an event loop of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._up = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._main, name="orario-engine", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._up.wait()
        if self._error is not None:
            raise self._error

    def hold(self) -> None:
        asyncio.run_coroutine_threadsafe(self._hold(), self._loop)

    def drain(self, grace: timedelta) -> None:
        asyncio.run_coroutine_threadsafe(self._drain(grace), self._loop).result()
        self._thread.join()

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:  # told to whoever waits for the start
            self._error = error
            log.exception("the engine has stopped")
        finally:
            self._up.set()

    async def _run(self) -> None:
        engine = self._engine
        self._loop = asyncio.get_running_loop()
        await engine.enter()
        self._loops = {name: Loop(name, part) for name, part in engine.parts.items()}
        engine.vitals.pulses = {name: loop.pulse for name, loop in self._loops.items()}
        engine.settler.gather, engine.settler.is_urgent = _GATHER, engine.is_waited_for
        unsubscribe = self._listen()
        self._up.set()
        try:
            await asyncio.gather(*(loop.run() for loop in self._loops.values()))
            await engine.leave()
        finally:
            unsubscribe()

    def _listen(self) -> Callable[[], None]:
        engine, loops = self._engine, self._loops
        engine.leader.on_taken = loops["ticker"].wake
        engine.ticker.on_left = loops["dispatcher"].wake
        engine.dispatcher.on_fenced = loops["heartbeat"].wake
        engine.dispatcher.on_stop_asked = self._heed_cancels
        engine.settler.on_settled = self._settled
        engine.inbox.on_report = Nudge(self._loop, loops["settler"].wake)
        hears = {
            Topic.SCHEDULE: loops["ticker"].wake,
            Topic.PENDING: loops["dispatcher"].wake,
            Topic.CANCEL: self._heed_cancels,
        }

        if "postman" in loops:
            engine.ticker.on_opened = self._wake_abroad
            hears[Topic.PENDING] = self._wake_all

        def hear(topic: Topic) -> None:
            if topic in hears:
                self._loop.call_soon_threadsafe(hears[topic])

        return engine.wake.subscribe(hear)

    def _wake_all(self) -> None:
        self._loops["dispatcher"].wake()
        self._wake_abroad()

    def _wake_abroad(self) -> None:
        self._loops["postman"].wake()
        self._loops["follower"].wake()

    def _settled(self, tokens: list[UUID]) -> None:
        self._engine.dispatcher.settled(tokens)
        if tokens and self._engine.dispatcher.is_blocked:
            self._loops["dispatcher"].wake()
        if tokens and self._engine.ticker.waits_since is not None:
            self._loops["ticker"].wake()

    def _heed_cancels(self) -> None:
        self._heeding = self._loop.create_task(self._engine.heartbeat.heed_cancels())

    async def _hold(self) -> None:
        self._engine.dispatcher.draining = True
        for name in {"ticker", "upkeep", "leader", "postman", "follower"} & self._loops.keys():
            self._loops[name].stop()
        await self._engine.leader.give_up()  # another instance ticks on while our work ends

    async def _drain(self, grace: timedelta) -> None:
        await self._hold()
        async with self._engine.dispatcher.giving:
            pass  # what a tick under way has claimed is handed over by now, and may end like the rest
        await self._engine.executor.drain(grace)
        for name in ("dispatcher", "heartbeat", "settler"):
            self._loops[name].stop()


class Nudge:
    """Wakes a loop from another thread, once for many calls: a burst of reports costs one wake."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
        self._loop = loop
        self._wake = wake
        self._under_way = False

    def __call__(self) -> None:
        if not self._under_way:
            self._under_way = True
            self._loop.call_soon_threadsafe(self._arrive)

    def _arrive(self) -> None:
        self._under_way = False
        self._wake()
