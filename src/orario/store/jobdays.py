"""Single days of single jobs, in figures fine enough to be kept when the executions are forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select

from orario.core.quantiles import Quantiles, rounded
from orario.store import daily
from orario.store.daily import ENDED, Day, ids_within, number
from orario.store.raw import rows, to_uuid
from orario.store.rollups import A_DAY, NOBODY, ONE
from orario.store.tables import jobs

_AT_ONCE = 500  # ids in one statement
_LENGTHS = (
    f"SELECT {{0}}, COUNT(*) FROM ({ONE} WHERE job_id = ? AND id >= ? AND id < ? AND {ENDED}) AS one"
    " WHERE day = ? AND {1} IS NOT NULL GROUP BY 1 ORDER BY 1"
)
_DURATIONS = _LENGTHS.format(rounded("took"), "took")
_LAGS = _LENGTHS.format(rounded("late"), "late")


@dataclass(frozen=True, slots=True)
class JobDay:
    """How one job went on one day. `is_estimated`: some of it is forgotten, and buckets tell the percentiles."""

    day: Day
    durations: Quantiles
    lags: Quantiles
    is_estimated: bool


def busy(connection: Connection, day: date) -> list[tuple[UUID, str, str]]:
    """The jobs of which something was opened, passed over or forgotten on a day: id, slug and name of each."""
    at = number(day)
    found = [
        *rows(connection, "SELECT DISTINCT job_id FROM executions WHERE id >= ? AND id < ?", *ids_within(at, at)),
        *rows(connection, "SELECT job_id FROM rollups WHERE day = ?", at),
        *rows(connection, f"SELECT DISTINCT job_id FROM gaps WHERE last / {A_DAY} = ? AND reason <> 'excluded'", at),
    ]
    return _named(connection, sorted({to_uuid(id) for [id] in found} - {NOBODY}))


def _named(connection: Connection, ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
    named: list[tuple[UUID, str, str]] = []
    for start in range(0, len(ids), _AT_ONCE):
        query = select(jobs.c.id, jobs.c.slug, jobs.c.name).where(jobs.c.id.in_(ids[start : start + _AT_ONCE]))
        named += [(row.id, row.slug, row.name) for row in connection.execute(query)]
    return named


def earliest(connection: Connection) -> date | None:
    """The first day of which anything is known."""
    oldest = rows(connection, f"SELECT created_at / {A_DAY} FROM executions ORDER BY id LIMIT 1")
    rolled = rows(connection, "SELECT MIN(day) FROM rollups WHERE job_id <> ?", NOBODY.hex)
    known = [int(at) for [at] in (*oldest, *rolled) if at is not None]
    return daily.day_of(min(known)) if known else None


def collect(connection: Connection, day: date, job_id: UUID) -> JobDay:
    """The day of one job. What is held in memory does not grow with the executions."""
    [whole] = daily.collect(connection, day, day, [job_id])
    at = number(day)
    within = (job_id.hex, *ids_within(at, at), at)
    took = [(int(value), int(count)) for value, count in rows(connection, _DURATIONS, *within)]
    late = [(int(value), int(count)) for value, count in rows(connection, _LAGS, *within)]
    seen = (sum(count for _, count in took), sum(count for _, count in late))
    is_whole = seen == (whole.durations.count, whole.lags.count)
    return JobDay(
        day=whole,
        durations=Quantiles.counted(took) if is_whole else Quantiles.estimated(whole.durations),
        lags=Quantiles.counted(late) if is_whole else Quantiles.estimated(whole.lags),
        is_estimated=not is_whole,
    )
