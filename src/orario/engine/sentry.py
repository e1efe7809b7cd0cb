"""The watchdog: a thread apart that notices when nobody ticks, and tells without needing the database."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from queue import SimpleQueue

from orario.app.listening import AlarmHook
from orario.core.clock import Clock
from orario.core.events import Alarm
from orario.core.vitals import Pulse, Vitals
from orario.engine.vigil import Vigil

log = logging.getLogger("orario.engine")

_LOOKS = 10  # in one limit
_LONGEST_LOOK = 1.0
_CAUSES = ("database", "failing")  # of which a loop stands still
_FAREWELL = 2.0  # seconds for what is still to be told


@dataclass
class Sentry:
    """Looks at the signs of life of this instance's loops, and at what they last saw of the leader.

    A look counts for two looks' time at most: if this process itself was held up (a laptop asleep, SIGSTOP), its
    loops are not blamed for it on waking.
    """

    vitals: Vitals
    clock: Clock
    limit: float  # seconds
    waiting_since: Callable[[], float | None]  # by the monotonic clock: the longest wait to be let into the database
    hooks: Sequence[AlarmHook] = ()
    _vigil: Vigil[str] = field(init=False)
    _thread: "_Thread | None" = None

    def __post_init__(self) -> None:
        self._vigil = Vigil(step=2 * self.pace)

    @property
    def pace(self) -> float:
        """Seconds from look to look."""
        return min(self.limit / _LOOKS, _LONGEST_LOOK)

    def start(self) -> None:
        self._thread = _Thread(self)
        self._thread.start()

    def stop(self) -> None:
        """Nothing is watched any more; what began is not told to be over."""
        if self._thread is not None:
            self._thread.stop()
            self._thread = None
        self.vitals.alarms = ()

    def look(self) -> list[Alarm]:
        """What is wrong since now, and what is over since now."""
        now = self.clock.monotonic()
        living = self.vitals.living
        silences = self._vigil.look({name: one.turns for name, one in living.items() if one.rests_until <= now}, now)
        late = {name: silence for name, silence in silences.items() if silence > self.limit}
        asked = self.waiting_since()
        wait = 0.0 if asked is None else now - asked
        found = dict(_reasons(living, late, self.vitals, self.limit, wait > self.limit / 2))
        return self._changes(self._steady(found))

    def _steady(self, found: dict[str, tuple[str, float]]) -> dict[str, tuple[str, float]]:
        """The same trouble keeps its name to its end: as it passes, its cause is the first thing to be gone."""
        known = next((one for one in self.vitals.alarms if one.kind in _CAUSES), None)
        if "frozen" not in found or known is None:
            return found
        return {known.kind: (known.sentence, found["frozen"][1])}

    def _changes(self, found: dict[str, tuple[str, float]]) -> list[Alarm]:
        now = self.clock.now()
        before = {alarm.kind: alarm for alarm in self.vitals.alarms}
        standing = {kind: self._alarm(kind, *what, before.get(kind), now) for kind, what in found.items()}
        self.vitals.alarms = tuple(standing.values())
        begun = [alarm for kind, alarm in standing.items() if kind not in before]
        over = [replace(alarm, is_over=True) for kind, alarm in before.items() if kind not in standing]
        return begun + over

    def _alarm(self, kind: str, sentence: str, silence: float, before: Alarm | None, now: datetime) -> Alarm:
        since = now - timedelta(seconds=silence) if before is None else before.since
        return Alarm(kind, sentence, since)


def _reasons(
    living: dict[str, Pulse], late: dict[str, float], vitals: Vitals, limit: float, is_kept_waiting: bool
) -> list[tuple[str, tuple[str, float]]]:
    """What is wrong: (kind, (sentence, for how long))."""
    if late:
        return [_stalled(living, late, is_kept_waiting)]
    if "leader" in living and vitals.tick_silence > limit:
        for_long = vitals.tick_silence
        return [("no_tick", (f"no instance has looked at what is due for {for_long:.0f} s: nothing fires", for_long))]
    return []


def _stalled(
    living: dict[str, Pulse], late: dict[str, float], is_kept_waiting: bool
) -> tuple[str, tuple[str, float]]:
    for_long = max(late.values())
    troubles = [trouble for name in late if (trouble := living[name].trouble) is not None]
    if is_kept_waiting or any(trouble.is_locked for trouble in troubles):
        sentence = (
            f"the database has let this instance in for nothing for {for_long:.0f} s: another holds it, "
            "perhaps a frozen instance in the middle of a write"
        )
        return "database", (sentence, for_long)
    if any(trouble.is_database for trouble in troubles):
        return "database", (f"the database has not answered for {for_long:.0f} s", for_long)
    if troubles:
        names = ", ".join(sorted({trouble.error for trouble in troubles}))
        return "failing", (f"{_named(late)} of this instance has failed for {for_long:.0f} s: {names}", for_long)
    return "frozen", (f"{_named(late)} of this instance has stood still for {for_long:.0f} s", for_long)


def _named(late: dict[str, float]) -> str:
    return f"the {next(iter(late))}" if len(late) == 1 else "the engine"


class _Thread:
    """Two threads: one looks, the other calls the hooks, so that a slow hook delays no look."""

    def __init__(self, sentry: Sentry) -> None:
        self._sentry = sentry
        self._stopping = threading.Event()
        self._told: SimpleQueue[Alarm | None] = SimpleQueue()
        self._looker = threading.Thread(target=self._look, name="orario-sentry", daemon=True)
        self._teller = threading.Thread(target=self._tell, name="orario-alarm", daemon=True)

    def start(self) -> None:
        self._looker.start()
        self._teller.start()

    def stop(self) -> None:
        self._stopping.set()
        self._looker.join(_FAREWELL)
        self._told.put(None)
        self._teller.join(_FAREWELL)

    def _look(self) -> None:
        while not self._stopping.wait(self._sentry.pace):
            try:
                changes = self._sentry.look()
            except Exception:  # who watches must not fall asleep
                log.exception("the watchdog stumbled")
                continue
            for alarm in changes:
                self._told.put(alarm)

    def _tell(self) -> None:
        while (alarm := self._told.get()) is not None:
            say(alarm)
            for hook in self._sentry.hooks:
                try:
                    hook(alarm)
                except Exception:
                    log.exception("an alarm hook failed; the others are called all the same")


def say(alarm: Alarm) -> None:
    """Write an alarm into the log."""
    if alarm.is_over:
        log.warning("alarm over: %s", alarm.sentence)
    else:
        log.error("alarm: %s", alarm.sentence)
