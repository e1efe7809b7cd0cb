"""The metrics that the engine of this instance has counted."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from uuid import UUID

from prometheus_client import Metric as Family

from orario.api.metrics import table
from orario.api.metrics.families import histogram, many, one, summary
from orario.core.execution import Ending, State
from orario.core.planning import Reason
from orario.engine.tally import OTHER, Line, Tally

NOTIFY = "notify.send"  # a notice is an execution of this task
_REFUSALS = (State.SKIPPED, State.MISSED)
_RAN = (State.SUCCESS, State.FAILED, State.TIMEOUT, State.CANCELLED)


def counted(tally: Tally) -> Iterator[Family]:
    """What holds for all jobs together, or by task."""
    yield one(table.DUE, tally.due_moments)
    yield one(table.OPENED, tally.opened_moments)
    yield many(table.GAPS, {(reason.value,): tally.gap_moments[reason] for reason in Reason})
    yield many(table.STARTED, {(trigger.value,): count for trigger, count in list(tally.first_starts.items())})
    yield many(table.REFUSED, {(state.value,): tally.refusals[state] for state in _REFUSALS})
    yield one(table.RETRIES, tally.retried)
    yield one(table.REPORTS, tally.refused_reports)
    yield many(table.ALARMS, {(kind,): count for kind, count in list(tally.alarms.items())})
    yield histogram(table.LAG, {(): tally.lag})
    yield from _by_task(dict(tally.tasks))


def _by_task(tasks: Mapping[str, Line]) -> Iterator[Family]:
    outcomes = {name: _outcomes(line) for name, line in tasks.items()}
    endings = {
        (name, ending.value): count for name, line in tasks.items() for ending, count in _endings(line).items()
    }
    yield many(
        table.FINISHED, {(name, state.value): found[state] for name, found in outcomes.items() for state in _RAN}
    )
    yield many(table.ATTEMPTS, endings)
    yield histogram(table.DURATION, {(name,): line.durations for name, line in tasks.items()})
    notices = outcomes.get(NOTIFY, Counter())
    yield many(table.NOTICES, {(state.value,): notices[state] for state in _RAN})


def by_job(jobs: Mapping[UUID | None, Line], slugs: Mapping[UUID, str]) -> Iterator[Family]:
    """What holds for single jobs; a slug that a deleted job had too is one label."""
    lines: dict[str, list[Line]] = {}
    for id, line in jobs.items():
        lines.setdefault(OTHER if id is None else slugs.get(id, str(id)), []).append(line)
    outcomes = {slug: sum((_outcomes(line) for line in some), Counter()) for slug, some in lines.items()}
    yield many(
        table.JOB_FINISHED, {(slug, state.value): found[state] for slug, found in outcomes.items() for state in _RAN}
    )
    yield summary(table.JOB_DURATION, (((slug,), *_spent(some)) for slug, some in lines.items()))


def _spent(lines: list[Line]) -> tuple[int, float]:
    counts = chain.from_iterable(line.durations.counts for line in lines)
    return sum(counts), sum(line.durations.sum for line in lines)


def _outcomes(line: Line) -> Counter[State]:
    found: Counter[State] = Counter()
    for (state, _), count in list(line.endings.items()):
        found[state] += count
    return found


def _endings(line: Line) -> Counter[Ending]:
    found: Counter[Ending] = Counter()
    for (_, ending), count in list(line.endings.items()):
        found[ending] += count
    return found
