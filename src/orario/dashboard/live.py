"""The live feed: one look per change for all open pages, sent to each that shows what has changed."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from orario.core.errors import OrarioError
from orario.dashboard.regions import Regions, Shown, Variant
from orario.service.sessions import SignedIn
from orario.store.wake import Wake
from orario.web.live import Bell

log = logging.getLogger("orario.dashboard")

LOOK_SECONDS = 1.0  # the bell may ring all the time; once a second is alive enough
REST_SECONDS = 2.0  # how often it is looked for where no bell rings: other instances ring their own
SESSION_SECONDS = 20.0  # how often a stream asks whether its reader is still signed in; also keeps proxies awake
MOST_REGIONS = 24  # of one page
_PIECE = 0.0002  # seconds of reading and drawing until a rest: the engine is in a hurry
_RESTS = 19  # times as long as what was done before
_LONGEST_LOOK = 1.0  # seconds of rest in one look
_LONGEST_ROUND = 2.0  # and in one round of looks, however many there are
_APART = 0.002  # seconds between two readers who are told the same; to send to all in one go would hold up the engine
_LONGEST_TELLING = 0.5  # seconds until the last of all readers is told


@dataclass(eq=False)
class _Reader:
    """An open page: what it shows, and whether there may be something else."""

    person: SignedIn
    had: "dict[_Watched, str]" = field(default_factory=dict)  # the version of each
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def lacking(self) -> "list[_Watched]":
        """What looks other than the reader has it."""
        return [one for one, version in self.had.items() if one.is_lacked(version)]


@dataclass(eq=False)
class _Watched:
    """A variant that somebody watches now. Readers come and go; anyone of them may stand for all."""

    variant: Variant
    person: SignedIn
    readers: set[_Reader] = field(default_factory=set)
    shown: Shown | None = None
    event: bytes = b""  # written once for all readers
    looked: float = 0.0

    def show(self, shown: Shown) -> None:
        """Keep how it looks, and wake whoever has something else."""
        if self.shown is None or self.shown.version != shown.version:
            self.event = event(self.variant, shown)
        self.shown = shown
        for reader in self.readers:
            if self.is_lacked(reader.had[self]):
                reader.news.set()

    def is_lacked(self, version: str) -> bool:
        return self.shown is not None and self.shown.version != version

    def tell(self, reader: _Reader) -> bytes:
        """What to send to a reader, who has it from now on."""
        assert self.shown is not None
        reader.had[self] = self.shown.version
        return self.event


@dataclass
class Feed:
    """Lives on the loop of the web server; looks in a thread, at what is watched and due."""

    regions: Regions
    wake: Wake
    _watched: dict[Variant, _Watched] = field(default_factory=dict)
    _readers: set[_Reader] = field(default_factory=set)
    _line: asyncio.Lock = field(default_factory=asyncio.Lock)
    _task: "asyncio.Task[None] | None" = None

    async def stream(
        self, variants: Sequence[tuple[Variant, str]], person: SignedIn, key: str
    ) -> AsyncIterator[bytes]:
        """Each variant when it looks other than what the reader has: (variant, the version at hand)."""
        reader = _Reader(person)
        self._enter(reader, variants)
        yield b"retry: 2000\n\n"
        asked = time.monotonic()
        try:
            while not self.wake.is_over:
                if reader.lacking():
                    await self._turn()
                reader.news.clear()
                if told := [one.tell(reader) for one in reader.lacking()]:
                    yield b"".join(told)
                if time.monotonic() - asked >= SESSION_SECONDS:
                    asked = time.monotonic()
                    if await run_in_threadpool(self.regions.desk.services.sessions.of, key) is None:
                        yield b"event: signed-out\ndata: {}\n\n"
                        return
                    yield b": still here\n\n"
                with suppress(TimeoutError):
                    async with asyncio.timeout(SESSION_SECONDS):
                        await reader.news.wait()
        finally:
            self._leave(reader)

    def _enter(self, reader: _Reader, variants: Iterable[tuple[Variant, str]]) -> None:
        self._readers.add(reader)
        for variant, version in variants:
            watched = self._watched.setdefault(variant, _Watched(variant, reader.person))
            watched.readers.add(reader)
            reader.had[watched] = version
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def _leave(self, reader: _Reader) -> None:
        self._readers.discard(reader)
        for watched in reader.had:
            watched.readers.discard(reader)
            if not watched.readers:
                del self._watched[watched.variant]

    async def _turn(self) -> None:
        """Wait until it is this reader's turn to be told."""
        async with self._line:
            await asyncio.sleep(min(_APART, _LONGEST_TELLING / len(self._readers)))

    async def _run(self) -> None:
        """Look while anybody watches."""
        with Bell(self.wake) as bell:
            while self._watched and not self.wake.is_over:
                began = time.monotonic()
                due = [one for one, watched in self._watched.items() if self._is_due(one, watched, began)]
                await self._look(due, began)
                await bell.wait(REST_SECONDS)
                await asyncio.sleep(max(0.0, began + LOOK_SECONDS - time.monotonic()))
        for reader in self._readers:  # it is over
            reader.news.set()

    def _is_due(self, variant: Variant, watched: _Watched, now: float) -> bool:
        is_new = watched.shown is None or not watched.shown.is_ready
        return is_new or now - watched.looked >= 0.9 * self.regions.every(variant)

    async def _look(self, due: Iterable[Variant], now: float) -> None:
        """One after the other, with a rest after each."""
        left = _LONGEST_ROUND
        for variant in due:
            watched = self._watched.get(variant)
            if watched is None or self.wake.is_over:
                continue  # who watched it has left meanwhile
            watched.looked = now
            since = time.monotonic()
            shown, worked = await run_in_threadpool(self._draw, variant, watched.person)
            if shown is not None:
                watched.show(shown)
            rest = min(worked * (1 + _RESTS), left)
            left -= rest
            await asyncio.sleep(since + rest - time.monotonic())

    def _draw(self, variant: Variant, person: SignedIn) -> tuple[Shown | None, float]:
        """How it looks now, and the processor time that the look took."""
        since, pace = time.thread_time(), _Unhurried()
        try:
            with self.regions.desk.services.database.resting(pace.rest):
                shown = self.regions.look(variant, person, put_together=pace.put_together)
        except OrarioError:  # what the page was about is gone; the page itself will say so
            shown = None
        except Exception as error:  # the database is away, or an app's panel failed: the other regions live on
            log.warning("The region %s could not be drawn", variant.name, exc_info=error)
            shown = None
        return shown, time.thread_time() - since


@dataclass
class _Unhurried:
    """A look in small pieces, with a rest whenever one took a while."""

    left: float = _LONGEST_LOOK
    since: float = field(default_factory=time.monotonic)

    def rest(self) -> None:
        worked = time.monotonic() - self.since  # not processor time: who competes with the engine is to rest sooner
        if worked >= _PIECE and self.left > 0:
            rest = min(worked * _RESTS, self.left)
            self.left -= rest
            time.sleep(rest)
            self.since = time.monotonic()

    def put_together(self, pieces: Iterable[str]) -> str:
        found: list[str] = []
        for piece in pieces:
            found.append(piece)
            self.rest()
        return "".join(found)


def event(variant: Variant, shown: Shown) -> bytes:
    """One region as a server-sent event."""
    data = {"region": variant.name, "key": variant.key, "version": shown.version, "html": shown.html}
    return f"event: region\ndata: {json.dumps(data)}\n\n".encode()
