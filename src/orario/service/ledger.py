"""The ledger of one job: what its due moments became, executions and gaps in one list, the newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from orario.core.errors import invalid
from orario.core.execution import Execution, State, Trigger
from orario.core.planning import Gap
from orario.service.tools import Tools
from orario.service.viewing import as_uuid, require_job, shown_execution
from orario.store import gaps, history, ledger
from orario.store.history import HistoryFilter

_LONGEST_CURSOR = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerFilter:
    """Which entries are meant; whatever is empty does not matter."""

    states: Collection[State] = ()
    trigger: Trigger | None = None
    search: str | None = None
    only_gaps: bool = False

    @property
    def has_gaps(self) -> bool:
        """Gaps have no state, were triggered by nobody and say nothing."""
        return self.only_gaps or not (self.states or self.trigger or self.search)


@dataclass(frozen=True, slots=True)
class Entry:
    """One of the two, and when it came into the ledger."""

    at: datetime
    execution: Execution | None = None
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A page; `following` leads to the one behind it."""

    entries: Sequence[Entry]
    total: int
    is_total_exact: bool
    following: str | None


class _Place(NamedTuple):
    """How far a reader has come in either list."""

    execution: UUID | None = None
    gap: int | None = None

    @property
    def text(self) -> str:
        return f"{self.execution.hex if self.execution else ''}.{'' if self.gap is None else self.gap}"


@dataclass(frozen=True)
class Ledger:
    """Reads ledgers."""

    tools: Tools

    def of_job(self, ref: str, wanted: LedgerFilter, per_page: int = 25, cursor: str | None = None) -> LedgerPage:
        """A page of a job's ledger; raises NotFound, or Invalid for a cursor that no page named."""
        place = _place(cursor)
        with self.tools.database.reading() as connection:
            job = require_job(connection, ref)
            meant = HistoryFilter(job_id=job.id, states=wanted.states, trigger=wanted.trigger, search=wanted.search)
            runs: list[Execution] = []
            total = history.Total(0)
            if not wanted.only_gaps:
                runs = history.find(connection, replace(meant, before=place.execution), per_page + 1)
                key = ("executions", repr(meant))
                total = self.tools.memory.recall(key, lambda: history.total(connection, meant))
            passed = ledger.passed(connection, job.id, place.gap, per_page + 1) if wanted.has_gaps else []
            gaps_in_all = gaps.count_of_job(connection, job.id) if wanted.has_gaps else 0
        entries, following = _merged(runs, passed, place, per_page)
        return LedgerPage(entries, total.count + gaps_in_all, total.is_exact, following)


def _merged(
    runs: Sequence[Execution], passed: Sequence[ledger.Passed], place: _Place, per_page: int
) -> tuple[list[Entry], str | None]:
    """The newest of both lists, each kept in its own order, and where the rest begins."""
    entries: list[Entry] = []
    left, right = 0, 0
    while len(entries) < per_page and (left < len(runs) or right < len(passed)):
        takes_gap = left == len(runs) or (right < len(passed) and passed[right].recorded_at > runs[left].created_at)
        if takes_gap:
            entries.append(Entry(passed[right].recorded_at, gap=passed[right].gap))
            place = place._replace(gap=passed[right].number)
            right += 1
        else:
            entries.append(Entry(runs[left].created_at, execution=shown_execution(runs[left])))
            place = place._replace(execution=runs[left].id)
            left += 1
    is_more = left < len(runs) or right < len(passed)
    return entries, place.text if is_more else None


def _place(cursor: str | None) -> _Place:
    if not cursor:
        return _Place()
    execution, dot, gap = cursor.partition(".")
    known = as_uuid(execution) if execution else None
    is_sane = dot and len(cursor) <= _LONGEST_CURSOR and (not gap or (gap.isascii() and gap.isdigit()))
    if not is_sane or (execution and known is None) or len(gap) > 18:
        raise invalid("cursor", message="is not a cursor that a page named")
    return _Place(known, int(gap) if gap else None)
