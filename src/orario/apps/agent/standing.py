"""How the sixteen jobs stand, asked of Orario's services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orario import Conflict, Cron, Execution, State
from orario.apps.agent.desk import desk
from orario.apps.agent.schedules import PLANNED, Planned
from orario.web import ExecutionFilter, JobFilter

APP = "agent"
_ENDED = (State.SUCCESS, State.FAILED, State.TIMEOUT)


@dataclass(frozen=True)
class Standing:
    """The jobs of the app by their documented names; one that a person deleted is missing."""

    views: dict[str, Any]

    @property
    def active(self) -> int:
        return sum(view.job.is_active for view in self.views.values())

    @property
    def next_run(self) -> datetime | None:
        moments = [view.cursor.next_at for view in self.views.values() if view.job.is_active]
        return min((moment for moment in moments if moment is not None), default=None)

    @property
    def last_run(self) -> datetime | None:
        moments = [view.cursor.last_started_at for view in self.views.values()]
        return max((moment for moment in moments if moment is not None), default=None)


def look(services: Any) -> Standing:
    """All sixteen at one moment."""
    found = services.jobs.find(JobFilter(app=APP), per_page=100).items
    by_task = {view.job.task: view for view in found}
    return Standing({one.slug: by_task[one.task] for one in PLANNED if one.task in by_task})


def last_error(services: Any) -> str | None:
    """What the last run said that failed."""
    wanted = ExecutionFilter(app=APP, states=(State.FAILED, State.TIMEOUT))
    found: list[Execution] = services.executions.find(wanted, per_page=1).items
    return f"{found[0].job_name}: {found[0].error_message or found[0].state}" if found else None


def counts(services: Any) -> tuple[int, int, int]:
    """Successes, failures, and how many milliseconds a success took on the average."""
    stats = services.executions.stats(app=APP)
    failed = stats.counts[State.FAILED] + stats.counts[State.TIMEOUT]
    return stats.counts[State.SUCCESS], failed, round(1000 * (stats.average_seconds or 0.0))


def schedule_of(view: Any, planned: Planned) -> str:
    """Its cron expression: the one in force, which a person may have changed."""
    schedule = view.job.schedule if view is not None else None
    if schedule is None:
        declared = desk.app.declarations.get(planned.slug) if desk.app else None
        schedule = declared.schedule if declared else None
    return schedule.expression if isinstance(schedule, Cron) else planned.expression


def trigger(services: Any, planned: Planned, actor: Any) -> Execution:
    """Open a run. Raises Conflict for a job that is switched off, naming the variable."""
    view = look(services).views.get(planned.slug)
    if view is None:
        raise Conflict(f"The job {planned.slug} was deleted; `orario jobs reset {planned.slug}` brings it back")
    if not view.job.is_enabled:
        off = planned.switch_off(desk.settings)
        why = f"switched off by {off}=false" if off else "disabled"
        raise Conflict(f"The job {planned.slug} is {why}")
    opened: Execution = services.jobs.trigger(str(view.job.id), actor)
    return opened
