"""Jobs and runs in the words of the document."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from orario import Execution, State
from orario.apps.ops.schemas import JobOut, ProgressOut, RunningOut, RunOut, TriggerOut
from orario.apps.ops.words import iso, iso_or_none, trigger_type
from orario.web import JobFilter

_AT_ONCE = 500  # jobs of one page
_KEPT_FOR_TRACES = "traceparent"
_MESSAGES = {
    State.SUCCESS: "Job eseguito con successo",
    State.FAILED: "Job terminato con un errore",
    State.TIMEOUT: "Job interrotto: tempo massimo superato",
    State.CANCELLED: "Job annullato",
    State.MISSED: "Job non avviato in tempo",
    State.PENDING: "Job ancora in attesa: il risultato comparirà nello storico",
    State.RUNNING: "Job ancora in esecuzione: il risultato comparirà nello storico",
}


def all_jobs(services: Any) -> Iterator[Any]:
    """Every job, as the services show it."""
    cursor: str | None = None
    while True:
        page = services.jobs.find(JobFilter(), per_page=_AT_ONCE, cursor=cursor)
        yield from page.items
        if (cursor := page.next_cursor) is None:
            return


def jobs_out(services: Any, views: list[Any]) -> list[JobOut]:
    """Jobs, each with the result of its last run."""
    last: Mapping[UUID, Execution] = services.executions.last_ended([view.job.id for view in views])
    return [job_out(view, last.get(view.job.id)) for view in views]


def job_out(view: Any, last: Execution | None) -> JobOut:
    job = view.job
    return JobOut(
        job_id=job.slug,
        name=job.name,
        description=job.description,
        trigger_type=trigger_type(job.schedule),
        next_run_time=iso_or_none(view.cursor.next_at),
        is_paused=job.pause is not None,
        is_running=view.running > 0,
        enabled=job.is_enabled,
        last_result=None if last is None else run_out(job.slug, last).model_dump(exclude={"job_id"}),
    )


def run_out(slug: str, one: Execution) -> RunOut:
    """A run. What never started is dated by the moment for which it was meant."""
    return RunOut(
        job_id=slug,
        status=one.state.value,
        started_at=iso(one.started_at or one.scheduled_for),
        finished_at=iso_or_none(one.finished_at),
        duration_seconds=None if one.duration_seconds is None else round(one.duration_seconds, 3),
        records_processed=_records(one),
        error_message=one.error_message or one.reason,
        details=details(one),
    )


def details(one: Execution) -> Any:
    """The result; of a run without one, what it noted."""
    if one.result is not None:
        return one.result
    return {key: value for key, value in (one.metadata or {}).items() if key != _KEPT_FOR_TRACES} or None


def _records(one: Execution) -> int:
    told = one.result.get("records_processed") if isinstance(one.result, Mapping) else None
    return told if type(told) is int else one.progress.processed


def trigger_out(slug: str, one: Execution) -> TriggerOut:
    """What came of a run by hand: the result, or what the run noted before it failed."""
    words = _MESSAGES.get(one.state, one.state.value)
    why = one.error_message or one.reason
    return TriggerOut(
        success=one.state is State.SUCCESS,
        job_id=slug,
        status=one.state.value,
        message=f"{words}: {why}" if why else words,
        result=details(one),
    )


def running_out(slug: str, one: Execution, now: datetime) -> RunningOut:
    """A run under way, and how far it has come."""
    progress, started = one.progress, one.started_at or now
    share = 100 * progress.processed / progress.total if progress.total else None
    return RunningOut(
        job_id=slug,
        name=one.job_name,
        execution_id=str(one.id),
        attempt=one.attempt,
        triggered_by=one.trigger.value,
        started_at=iso(started),
        elapsed_seconds=round(max((now - started).total_seconds(), 0.0), 3),
        progress=ProgressOut(
            total=progress.total,
            processed=progress.processed,
            failed=progress.failed,
            percent=None if share is None else round(min(share, 100.0), 1),
        ),
    )
