"""A pure calculator of ledgers: it walks over every moment and knows nothing of the engine."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from orario.core.policy import Misfire, Policy
from orario.core.schedule import Schedule


@dataclass
class ExpectedLedger:
    """What one job's ledger should say, told what happened to it in the order in which it happened."""

    schedule: Schedule
    policy: Policy
    position: datetime
    ran: Counter[datetime] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)
    fold: int = 0
    is_enabled: bool = True
    is_paused: bool = False

    def _walk(self, until: datetime) -> list[datetime]:
        found = list(takewhile(lambda moment: moment <= until, self.schedule.fires(self.position)))
        self.position = found[-1] if found else self.position
        return found

    def lived(self, until: datetime) -> None:
        """The server was up all the time: every moment was attended to when it came."""
        if self.is_enabled and not self.is_paused:
            self._run(self._walk(until))

    def was_away(self, until: datetime) -> None:
        """Nobody looked until `until`."""
        if not self.is_enabled or self.is_paused:
            return
        moments = self._walk(until)
        running = self._late(moments, until)
        self._run(running)
        self.gaps["missed"] += len(moments) - len(running)

    def _late(self, moments: list[datetime], now: datetime) -> list[datetime]:
        on_time = [moment for moment in moments if moment >= now - self.policy.misfire_grace]
        if self.policy.misfire is Misfire.ALL:
            reach = max(self.policy.misfire_window, self.policy.misfire_grace)
            return [moment for moment in moments if moment >= now - reach][-self.policy.misfire_cap :]
        if self.policy.misfire is Misfire.LATEST:
            return on_time or moments[-1:]
        return on_time

    def _run(self, moments: list[datetime]) -> None:
        self.ran.update(moment + timedelta(microseconds=self.fold) for moment in moments)

    def paused(self) -> None:
        self.is_paused = True

    def resumed(self, now: datetime) -> None:
        if self.is_paused:
            if self.is_enabled:
                self.gaps["paused"] += len(self._walk(now))
            self._go_on(now)
            self.is_paused = False

    def disabled(self, now: datetime) -> None:
        if not self.is_enabled:
            return
        if self.is_paused:
            self.gaps["paused"] += len(self._walk(now))
        self.is_enabled = False
        self._go_on(now)

    def enabled(self, now: datetime, schedule: Schedule) -> None:
        if not self.is_enabled:
            self.schedule, self.is_enabled = schedule, True
            self._go_on(now)

    def edited(self, now: datetime, schedule: Schedule) -> None:
        if self.is_enabled and self.is_paused:
            self.gaps["paused"] += len(self._walk(now))
        self.schedule = schedule
        self._go_on(now)

    def _go_on(self, now: datetime) -> None:
        """From now on; after the clock was set back, what elapses counts again and what has a fixed time does not."""
        if self.position <= now:
            self.position = now
        else:
            self.set_back(now)

    def set_back(self, now: datetime) -> None:
        """The clock was set back to `now`: by Debian's cron(8), only what follows elapsed time comes again."""
        if self.position > now and self.schedule.follows_elapsed:
            self.position = now
            self.fold += 1
