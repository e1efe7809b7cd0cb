"""The ten documented endpoints, and two more: a backup's file, and the figures per day."""

from datetime import UTC, timedelta
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from orario import Conflict, NotFound, State
from orario.apps.ops.analytics import reading
from orario.apps.ops.desk import desk
from orario.apps.ops.health import keeping
from orario.apps.ops.health.looking import look
from orario.apps.ops.health.task import keep, shown
from orario.apps.ops.routes import JobRoute
from orario.apps.ops.schemas import (
    BackupOut,
    DayOut,
    HealthOut,
    JobOut,
    RunningOut,
    RunOut,
    StandingOut,
    StatsOut,
    TriggerOut,
)
from orario.apps.ops.showing import all_jobs, job_out, jobs_out, run_out, running_out, trigger_out
from orario.apps.ops.statistics import stats_out
from orario.apps.ops.words import iso, iso_or_none, megabytes
from orario.web import Caller, ExecutionFilter, Role, Router, Services, finished, require

router = Router(prefix="/api/v1/scheduler", route_class=JobRoute)

_VIEWER = [require(Role.VIEWER)]
_OPERATOR = [require(Role.OPERATOR)]
_ADMIN = [require(Role.ADMIN)]
_SEEN = tuple(state for state in State if state is not State.PENDING)
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such job"}}
_BUSY: dict[int | str, dict[str, Any]] = {**_UNKNOWN, 409: {"description": "It is disabled, or runs already"}}
_AT_LIMIT = "The job runs already, as often as it may"
JobId = Annotated[str, Path(description='ID del job (es. "health_check", "daily_analytics")', max_length=200)]


@router.get("/jobs", dependencies=_VIEWER, summary="List All Jobs")
def list_all_jobs(services: Services) -> list[JobOut]:
    """📋 Lista tutti i job registrati con il loro stato attuale.

    Returns:
    - Lista di tutti i job con next_run_time, stato, ultimo risultato
    """
    return sorted(jobs_out(services, list(all_jobs(services))), key=lambda one: one.job_id)


@router.get("/jobs/{job_id}", dependencies=_VIEWER, summary="Get Job Details", responses=_UNKNOWN)
def get_job_details(job_id: JobId, services: Services) -> JobOut:
    """🔍 Dettaglio singolo job.

    Args:
        job_id: ID del job (es. "health_check", "daily_analytics")

    Returns:
        Dettagli completi del job incluso ultimo risultato
    """
    view = services.jobs.get(job_id)
    return job_out(view, services.executions.last_ended([view.job.id]).get(view.job.id))


@router.get("/jobs/{job_id}/history", dependencies=_VIEWER, summary="Get Job History", responses=_UNKNOWN)
def get_job_history(
    job_id: JobId,
    services: Services,
    limit: Annotated[int, Query(ge=1, le=100, description="Numero massimo di risultati (default 10, max 100)")] = 10,
) -> list[RunOut]:
    """📜 Storico esecuzioni di un job.

    Args:
        job_id: ID del job
        limit: Numero massimo di risultati (default 10, max 100)

    Returns:
        Lista ultime esecuzioni con dettagli risultato
    """
    job = services.jobs.get(job_id).job
    found = services.executions.find(ExecutionFilter(job_ref=str(job.id), states=_SEEN), per_page=limit)
    return [run_out(job.slug, one) for one in found.items]


@router.post("/jobs/{job_id}/trigger", dependencies=_OPERATOR, summary="Trigger Job Manually", responses=_BUSY)
async def trigger_job_manually(job_id: JobId, request: Request, services: Services, caller: Caller) -> TriggerOut:
    """⚡ Trigger manuale immediato di un job.

    Args:
        job_id: ID del job da eseguire

    Returns:
        Risultato dell'esecuzione
    """
    slug, opened = await run_in_threadpool(_opened, services, job_id, caller)
    ended = await finished(request, opened.id, desk.settings.trigger_wait_seconds)
    if ended.state is State.SKIPPED:  # another run began between our look and ours
        raise Conflict(_AT_LIMIT)
    return trigger_out(slug, ended)


def _opened(services: Services, job_id: str, caller: Caller) -> tuple[str, Any]:
    job = services.jobs.get(job_id).job
    if services.jobs.trigger_at_limit(job_id):
        raise Conflict(_AT_LIMIT)
    return job.slug, services.jobs.trigger(job_id, caller)


@router.post("/jobs/{job_id}/pause", dependencies=_OPERATOR, summary="Pause Job", responses=_UNKNOWN)
def pause_job(job_id: JobId, services: Services, caller: Caller) -> StandingOut:
    """⏸️ Metti in pausa un job.

    Args:
        job_id: ID del job da pausare

    Il job non verrà più eseguito automaticamente finché non viene ripreso.
    """
    view = services.jobs.get(job_id)
    if view.job.pause is None:
        view = services.jobs.pause(job_id, None, None, caller)
    return _standing(view, "Job in pausa")


@router.post("/jobs/{job_id}/resume", dependencies=_OPERATOR, summary="Resume Job", responses=_UNKNOWN)
def resume_job(job_id: JobId, services: Services, caller: Caller) -> StandingOut:
    """▶️ Riprendi un job in pausa.

    Args:
        job_id: ID del job da riprendere
    """
    return _standing(services.jobs.resume(job_id, caller), "Job ripreso")


def _standing(view: Any, message: str) -> StandingOut:
    return StandingOut(
        success=True,
        job_id=view.job.slug,
        is_paused=view.job.pause is not None,
        next_run_time=iso_or_none(view.cursor.next_at),
        message=message,
    )


@router.get("/running", dependencies=_VIEWER, summary="Get Running Jobs")
def get_running_jobs(services: Services) -> list[RunningOut]:
    """🏃 Lista job attualmente in esecuzione.

    Returns:
        Lista di job running con dettagli esecuzione
    """
    found, now = services.executions.running(), services.tools.clock.now()
    slugs = {id: _slug(services, str(id)) for id in {one.job_id for one in found}}
    return [running_out(slugs[one.job_id], one, now) for one in found]


def _slug(services: Services, id: str) -> str:
    try:
        return services.jobs.get(id).job.slug
    except NotFound:  # deleted while it runs
        return id


@router.get("/health", dependencies=_VIEWER, summary="Get System Health")
async def get_system_health(services: Services) -> HealthOut:
    """🏥 Stato salute servizi (PostgreSQL, Redis, Storage).

    Returns:
        Stato ultimo health check con latenze e metriche sistema
    """
    found = await run_in_threadpool(_last_check, services)
    if found is None:  # before the first one: look now
        report = await look(desk)
        await keep(report)
        return HealthOut.model_validate(shown(report))
    return HealthOut(
        status=found["status"],
        services=found["services"],
        system=found["system"],
        checked_at=iso(found["checked_at"]),
    )


def _last_check(services: Services) -> Any:
    with services.database.reading() as connection:
        return keeping.last(connection)


@router.get("/backups", dependencies=_VIEWER, summary="List Backups")
def list_backups(services: Services) -> list[BackupOut]:
    """💾 Lista backup database disponibili.

    Returns:
        Lista file backup con dimensioni e date
    """
    return [
        BackupOut(
            filename=one.path.name,
            path=str(one.path),
            size_bytes=one.size_bytes,
            size_mb=megabytes(one.size_bytes),
            created_at=iso(one.made_at),
        )
        for one in services.copies.list(desk.backups)
    ]


@router.get(
    "/backups/{filename}",
    dependencies=_ADMIN,
    summary="Download Backup",
    response_class=FileResponse,
    responses={404: {"description": "There is no such backup"}},
)
def download_backup(filename: str, services: Services, caller: Caller) -> FileResponse:
    """⬇️ Scarica un backup; contiene tutto ciò che sa il database, quindi solo per amministratori."""
    found = next((one for one in services.copies.list(desk.backups) if one.path.name == filename), None)
    if found is None:
        raise NotFound("There is no such backup")
    with services.tools.changing(caller) as change:
        change.record("backup.download", "backup", filename)
    # It is packed already; and half of a packed answer would be no half of the file.
    return FileResponse(found.path, filename=filename, headers={"Content-Encoding": "identity"})


@router.get("/stats", dependencies=_VIEWER, summary="Get Scheduler Stats")
def get_scheduler_stats(services: Services) -> StatsOut:
    """📊 Statistiche aggregate dello scheduler.

    Returns:
        Conteggi job, successi, fallimenti, uptime
    """
    return stats_out(services)


@router.get("/analytics", dependencies=_VIEWER, summary="Get Daily Analytics")
def get_daily_analytics(
    services: Services,
    job_id: Annotated[str | None, Query(max_length=200, description="Un solo job; senza, tutti insieme.")] = None,
    days: Annotated[int, Query(ge=1, le=3660, description="Quanti giorni, fino a oggi (UTC).")] = 30,
) -> list[DayOut]:
    """📈 Analisi giornaliere, anche dei giorni il cui storico è già stato eliminato.

    Returns:
        Conteggi, tassi e percentili per giorno, dal più vecchio
    """
    today = services.tools.clock.now().astimezone(UTC).date()
    since = today - timedelta(days=days - 1)
    with services.database.reading() as connection:
        if job_id is None:
            rows = reading.of_all(connection, since, today)
        else:
            rows = reading.of_job(connection, job_id, since, today)
    return [DayOut.model_validate({**row, "day": row["day"].isoformat(), "job_id": row.get("slug")}) for row in rows]
