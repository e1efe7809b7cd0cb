"""Reading executions: in pages, with totals that no filter of everyday use has to count row by row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select, union_all, update

from orario.core.execution import FINAL_STATES, Attempt, Ending, Execution, State, Trigger
from orario.core.ids import first_id
from orario.store import rollups
from orario.store.executions import from_row
from orario.store.tables import attempts, cursors, executions

_AT_ONCE = 500  # values in one statement
_LIVE = frozenset({State.PENDING, State.RUNNING})
_ORDINARY = _LIVE | {State.SUCCESS}
# Word for word the condition of the index that is meant.
_TROUBLED = and_(
    *(executions.c.state != literal(state, literal_execute=True) for state in ("pending", "running", "success"))
)
_LEAST = UUID(int=0)
_SEARCHED = (executions.c.job_name, executions.c.error_message, executions.c.reason)
COUNTED_TO = 10_000  # a total that has to be counted row by row stops here


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryFilter:
    """Which executions are meant; whatever is empty does not matter."""

    job_id: UUID | None = None
    job_ids: Collection[UUID] | None = None
    states: Collection[State] = ()
    trigger: Trigger | None = None
    task: str | None = None
    queue: str | None = None
    since: datetime | None = None  # opened at this moment or later
    until: datetime | None = None
    search: str | None = None  # in the job's name, the error or the reason
    within: int | None = None  # how many of the newest are searched; none: all
    before: UUID | None = None  # older than this one: the next page

    @property
    def is_counted(self) -> bool:
        """Whether counters answer for the total: those on the cursors, less what was forgotten."""
        others = (self.job_ids, self.trigger, self.task, self.queue, self.since, self.until, self.search)
        return all(other is None for other in others)


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are; with `is_exact` false there are more."""

    count: int
    is_exact: bool = True


def find(connection: Connection, wanted: HistoryFilter, limit: int, offset: int = 0) -> list[Execution]:
    """A page of executions, the newest first. Deep pages walk an index of ids, not the rows."""
    ids = _page(wanted, limit, offset).subquery()
    rows = connection.execute(
        select(executions).join(ids, ids.c.id == executions.c.id).order_by(executions.c.id.desc())
    )
    return [from_row(row) for row in rows]


def total(connection: Connection, wanted: HistoryFilter) -> Total:
    """How many executions the filter means, whatever the page."""
    if not wanted.is_counted:
        query = _ids(wanted, paged=False).limit(COUNTED_TO + 1).subquery()
        found = connection.scalar(select(func.count()).select_from(query)) or 0
        return Total(min(found, COUNTED_TO), found <= COUNTED_TO)
    counts, gone = counters(connection, wanted.job_id), rollups.totals(connection, wanted.job_id)
    return Total(sum(counts[state] - gone.get(state, 0) for state in wanted.states or State))


def counters(connection: Connection, job_id: UUID | None = None) -> dict[State, int]:
    """How many executions are in each state: final ones as counted when they ended, forgotten ones too."""
    columns = [cursors.c[f"{state.value}_count"] for state in FINAL_STATES]
    sums = select(*(func.coalesce(func.sum(column), 0) for column in columns))
    if job_id is not None:
        sums = select(*columns).where(cursors.c.job_id == job_id)
    row: Any = connection.execute(sums).one_or_none()
    finals = dict(zip(FINAL_STATES, row or [0] * len(columns), strict=True))
    current = {state: live(connection, state, job_id) for state in (State.PENDING, State.RUNNING)}
    return {state: int((finals | current)[state]) for state in State}


def live(connection: Connection, state: State, job_id: UUID | None = None) -> int:
    """How many executions wait, or run, now."""
    query = select(func.count()).select_from(executions).where(_is(state))
    if job_id is not None:
        query = query.where(executions.c.job_id == job_id)
    return connection.scalar(query) or 0


def running(connection: Connection, limit: int) -> list[Execution]:
    """What runs now, the newest first."""
    return find(connection, HistoryFilter(states=(State.RUNNING,)), limit)


def attempts_of(connection: Connection, execution: Execution) -> list[Attempt]:
    """Every try of one execution, in order; the last one stands in the execution itself."""
    rows = connection.execute(
        select(attempts).where(attempts.c.execution_id == execution.id).order_by(attempts.c.number)
    )
    earlier = [
        Attempt(
            number=row.number,
            token=row.token,
            carrier=row.carrier,
            started_at=row.started_at,
            finished_at=row.finished_at,
            ending=Ending(row.ending),
            error_message=row.error_message,
            error_stack=row.error_stack,
        )
        for row in rows
    ]
    return [*earlier, *_last(execution)]


def _last(execution: Execution) -> Sequence[Attempt]:
    if execution.started_at is None or execution.state in (State.PENDING, State.SKIPPED, State.MISSED):
        return ()
    return (
        Attempt(
            number=execution.attempt,
            token=execution.token,
            carrier=execution.carrier,
            started_at=execution.started_at,
            finished_at=execution.finished_at,
            ending=Ending(execution.state.value) if execution.state.is_final else None,
            error_message=execution.error_message,
            error_stack=execution.error_stack,
        ),
    )


def _page(wanted: HistoryFilter, limit: int, offset: int) -> Select[tuple[UUID]]:
    several = wanted.job_id is not None and len(wanted.states) > 1 and _ORDINARY.isdisjoint(wanted.states)
    if not several:
        return _ids(wanted).order_by(_order(wanted)).limit(limit).offset(offset)
    # The newest of each state are at hand; the newest of all of them are not.
    lists = [_page(replace(wanted, states=(state,)), limit + offset, 0).subquery() for state in wanted.states]
    every = union_all(*(select(one.c.id) for one in lists)).subquery()
    return select(every.c.id).order_by(every.c.id.desc()).limit(limit).offset(offset)


def _order(wanted: HistoryFilter) -> ColumnElement[Any]:
    if wanted.states and _LIVE.issuperset(wanted.states):
        # Few, and in an index of their own: hidden from the planner, which would walk all ids for the order.
        return func.coalesce(executions.c.id, executions.c.id).desc()
    return executions.c.id.desc()


# SQLite uses a partial index only when its very condition stands in the statement, values and all.
def _is(state: State) -> ColumnElement[bool]:
    return executions.c.state == literal(state.value, literal_execute=True)


def _one_of(states: Collection[State]) -> ColumnElement[bool]:
    one = or_(*(_is(state) for state in states))
    return and_(one, _TROUBLED) if _ORDINARY.isdisjoint(states) else one


def _triggered(trigger: Trigger) -> ColumnElement[bool]:
    by_hand = executions.c.trigger != literal("scheduler", literal_execute=True)
    same = executions.c.trigger == trigger.value
    return same if trigger is Trigger.SCHEDULER else and_(same, by_hand)


def _ids(wanted: HistoryFilter, *, paged: bool = True) -> Select[tuple[UUID]]:
    if wanted.search and wanted.within is not None:
        return _within(wanted, wanted.within, paged=paged)
    query = select(executions.c.id).where(*_conditions(wanted))
    return query if wanted.before is None or not paged else query.where(executions.c.id < wanted.before)


def _within(wanted: HistoryFilter, most: int, *, paged: bool) -> Select[tuple[UUID]]:
    """A search ends somewhere: what is rare, or nowhere, would cost a look at every row there is."""
    plain = replace(wanted, search=None, within=None)
    oldest = _ids(plain, paged=paged).order_by(_order(plain)).limit(1).offset(most - 1).scalar_subquery()
    bound = func.coalesce(oldest, literal(_LEAST, executions.c.id.type))
    return _ids(replace(wanted, within=None), paged=paged).where(executions.c.id >= bound)


def _conditions(wanted: HistoryFilter) -> list[ColumnElement[bool]]:
    found = [
        column == value
        for column, value in (
            (executions.c.job_id, wanted.job_id),
            (executions.c.task, wanted.task),
            (executions.c.queue, wanted.queue),
        )
        if value is not None
    ]
    if wanted.job_ids is not None:
        found.append(executions.c.job_id.in_(list(wanted.job_ids)))
    if wanted.trigger is not None:
        found.append(_triggered(wanted.trigger))
    if wanted.states:
        found.append(_one_of(wanted.states))
    # Ids rise with the time of their making, so their index answers for time as well.
    if wanted.since is not None:
        found.append(executions.c.id >= first_id(wanted.since))
    if wanted.until is not None:
        found.append(executions.c.id < first_id(wanted.until))
    return found + _searching(wanted.search)


def _searching(text: str | None) -> list[ColumnElement[bool]]:
    return [or_(*(column.icontains(text, autoescape=True) for column in _SEARCHED))] if text else []


def taken_moments(connection: Connection, job_id: UUID, moments: Collection[datetime]) -> set[datetime]:
    """Which of these due moments have their execution."""
    wanted = sorted(moments)
    found: set[datetime] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found.update(
            connection.scalars(
                select(executions.c.scheduled_for).where(
                    executions.c.job_id == job_id,
                    executions.c.scheduled_for.in_(some),
                    executions.c.trigger.in_([Trigger.SCHEDULER.value, Trigger.BACKFILL.value]),
                )
            )
        )
    return found


def sign(connection: Connection, job_id: UUID, opened_at: datetime, by: str | None) -> None:
    """Note who asked for the backfill of a job that was opened at this moment."""
    connection.execute(
        update(executions)
        .where(
            executions.c.job_id == job_id,
            executions.c.id >= first_id(opened_at),
            executions.c.trigger == Trigger.BACKFILL.value,
            executions.c.created_at == opened_at,
        )
        .values(triggered_by=by)
    )
