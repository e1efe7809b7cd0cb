"""The live feed: one look per change for all open pages, sent to each that shows what has changed."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from orario.core.errors import OrarioError
from orario.dashboard.regions import Regions, Shown, Variant
from orario.service.sessions import SignedIn
from orario.store.wake import Wake
from orario.web.live import Bell

LOOK_SECONDS = 1.0  # the bell may ring all the time; once a second is alive enough
REST_SECONDS = 2.0  # how often it is looked for where no bell rings: other instances ring their own
SESSION_SECONDS = 20.0  # how often a stream asks whether its reader is still signed in; also keeps proxies awake
MOST_REGIONS = 24  # of one page


@dataclass
class _Watched:
    """A variant that somebody watches now. Readers come and go; anyone of them may stand for all."""

    reader: SignedIn
    readers: int = 0
    shown: Shown | None = None
    looked: float = 0.0


@dataclass
class Feed:
    """Lives on the loop of the web server; looks in a thread, at what is watched and due."""

    regions: Regions
    wake: Wake
    _watched: dict[Variant, _Watched] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _turn: int = 0
    _task: "asyncio.Task[None] | None" = None

    async def stream(self, variants: Sequence[tuple[Variant, str]], reader: SignedIn, key: str) -> AsyncIterator[str]:
        """Each variant when it looks other than what the reader has: (variant, the version at hand)."""
        had = dict(variants)
        self._enter(had, reader)
        yield "retry: 2000\n\n"
        asked = time.monotonic()
        try:
            while not self.wake.is_over:
                turn = self._turn
                fresh = [(one, shown) for one in had if (shown := self._watched[one].shown) is not None]
                for variant, shown in fresh:
                    if shown.version != had[variant]:
                        had[variant] = shown.version
                        yield event(variant, shown)
                if time.monotonic() - asked >= SESSION_SECONDS:
                    asked = time.monotonic()
                    if await run_in_threadpool(self.regions.desk.services.sessions.of, key) is None:
                        yield "event: signed-out\ndata: {}\n\n"
                        return
                    yield ": still here\n\n"
                await self._wait(turn)
        finally:
            self._leave(had)

    def _enter(self, had: dict[Variant, str], reader: SignedIn) -> None:
        for variant in had:
            self._watched.setdefault(variant, _Watched(reader)).readers += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def _leave(self, had: dict[Variant, str]) -> None:
        for variant in had:
            watched = self._watched[variant]
            watched.readers -= 1
            if watched.readers == 0:
                del self._watched[variant]

    async def _wait(self, turn: int) -> None:
        """Until there was another look than the one that this reader has seen."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SESSION_SECONDS), self._news:
                await self._news.wait_for(lambda: self._turn != turn)

    async def _run(self) -> None:
        """Look while anybody watches."""
        with Bell(self.wake) as bell:
            while self._watched and not self.wake.is_over:
                began = time.monotonic()
                due = [one for one, watched in self._watched.items() if self._is_due(one, watched, began)]
                if due:
                    await self._look(due, began)
                await bell.wait(REST_SECONDS)
                await asyncio.sleep(max(0.0, began + LOOK_SECONDS - time.monotonic()))
        await self._tell()  # that it is over

    def _is_due(self, variant: Variant, watched: _Watched, now: float) -> bool:
        is_new = watched.shown is None or not watched.shown.is_ready
        return is_new or now - watched.looked >= 0.9 * self.regions.every(variant)

    async def _look(self, due: Sequence[Variant], now: float) -> None:
        readers = [(variant, self._watched[variant].reader) for variant in due]
        found = await run_in_threadpool(self._render, readers)
        for variant, shown in found.items():
            if variant in self._watched:
                self._watched[variant].looked = now
                self._watched[variant].shown = shown or self._watched[variant].shown
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._turn += 1
            self._news.notify_all()

    def _render(self, readers: Sequence[tuple[Variant, SignedIn]]) -> dict[Variant, Shown | None]:
        found: dict[Variant, Shown | None] = {}
        for variant, reader in readers:
            try:
                found[variant] = self.regions.look(variant, reader)
            except OrarioError:  # what the page was about is gone; the page itself will say so
                found[variant] = None
        return found


def event(variant: Variant, shown: Shown) -> str:
    """One region as a server-sent event."""
    data = {"region": variant.name, "key": variant.key, "version": shown.version, "html": shown.html}
    return f"event: region\ndata: {json.dumps(data)}\n\n"
