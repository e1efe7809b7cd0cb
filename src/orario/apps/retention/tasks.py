"""The task that forgets old history."""

import time
from collections import Counter
from dataclasses import asdict

from orario import Context


class Pruning:
    """What the task needs to know of the settings, once they are read."""

    days, count, audit_days = 90.0, 100_000, 365.0

    def configure(self, days: float, count: int, audit_days: float) -> None:
        self.days, self.count, self.audit_days = days, count, audit_days

    def prune(self, context: Context) -> dict[str, int]:
        """Forget what is older, or more, than is to be kept, in small steps; figures per day stay for ever."""
        retention = context.services.retention
        expected = retention.outdated(self.days)
        if expected:
            context.progress.expect(expected)
        removed: Counter[str] = Counter()
        for step in retention.prune(self.days, self.count, self.audit_days):
            removed.update(asdict(step.removed))
            if step.removed.executions:
                context.progress.advance(step.removed.executions)
            time.sleep(step.rest)
            context.check()
        if removed.total():
            context.info("forgotten", **{what: count for what, count in removed.items() if count})
        return dict(removed)


pruning = Pruning()
