"""Loop: takes turns, sleeps between them, wakes early, stops cleanly; the only sleep in the house."""

import asyncio
import logging
from typing import Protocol

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from orario.core.vitals import Pulse, Trouble

log = logging.getLogger("orario.engine")

_LONGEST_RETREAT = 5.0
_DATABASE = (InterfaceError, OperationalError, NoConnection)


class Part(Protocol):
    """Something that does its work in turns."""

    async def turn(self) -> float:
        """One round; the answer is the number of seconds until the next."""


class Loop:
    """Keeps one part of the engine going. An error costs one turn, never the loop."""

    def __init__(self, name: str, part: Part) -> None:
        self.name = name
        self.pulse = Pulse()
        self._part = part
        self._news = asyncio.Event()
        self._stopping = False
        self._errors = 0

    def wake(self) -> None:
        """Take the next turn at once. For the loop's own thread."""
        self._news.set()

    def stop(self) -> None:
        """Finish the turn in hand and end."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Take turns until told to stop."""
        while not self._stopping:
            self._news.clear()
            await self._sleep(await self._turn())
        self.pulse.is_over = True

    async def _turn(self) -> float:
        try:
            delay = await self._part.turn()
        except Exception as error:
            # A database that is away for a while must not end the loop that will find it again.
            self._errors += 1
            self.pulse.trouble = _trouble(error)
            retreat = min(0.1 * 2.0 ** min(self._errors, 10), _LONGEST_RETREAT)
            log.exception("the %s stumbled; next try in %.1f s", self.name, retreat)
            return retreat
        self._errors = 0
        self.pulse.trouble = None
        self.pulse.rests_until = asyncio.get_running_loop().time() + delay
        self.pulse.turns += 1
        return delay

    async def _sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        alarm = asyncio.get_running_loop().call_later(seconds, self._news.set)
        await self._news.wait()
        alarm.cancel()


def _trouble(error: Exception) -> Trouble:
    cause = getattr(error, "orig", None) or error
    is_database = isinstance(error, _DATABASE)
    return Trouble(type(cause).__name__, is_database, is_database and "database is locked" in str(cause))
