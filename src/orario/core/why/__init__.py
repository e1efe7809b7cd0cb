"""Why a job did, or did not, run at a time: facts in, causes out."""

from collections.abc import Sequence

from orario.core.execution import Trigger
from orario.core.schedule import OnDemand
from orario.core.why.asked import Asked, exactly, read_time
from orario.core.why.causes import Answer, Cause, Kind, Verdict
from orario.core.why.clockchange import clock_change
from orario.core.why.executed import executed, headline, verdict_of
from orario.core.why.facts import Facts
from orario.core.why.saying import length, when
from orario.core.why.undue import due_within, excluded_moment, existence, nearest, undue
from orario.core.why.unexecuted import held, in_gap, unexecuted

__all__ = [
    "Answer",
    "Asked",
    "Cause",
    "Facts",
    "Kind",
    "Verdict",
    "due_within",
    "exactly",
    "excluded_moment",
    "explain",
    "read_time",
]


def explain(facts: Facts) -> Answer:
    """The judgement. What stands in the ledger goes before what can only be worked out."""
    if facts.story is not None:
        causes = [*executed(facts, facts.story), *_before_backfill(facts), *_shifts(facts)]
        return _answer(facts, verdict_of(facts.story), headline(facts, facts.story), causes)
    if facts.moment is None:
        return _undue(facts)
    if facts.moment > facts.now and facts.gap is None:  # after a clock set back, what lies ahead may be recorded
        return _coming(facts)
    causes = [*unexecuted(facts), *_shifts(facts)]
    waits = facts.moment > facts.position and not facts.standing.is_held and existence(facts, facts.moment) is None
    if waits and facts.gap is None:
        return _answer(facts, Verdict.WAITING, f"{facts.slug} was due at {_at(facts)} and waits", causes)
    return _answer(facts, Verdict.DID_NOT_RUN, f"{facts.slug} did not run at {_at(facts)}", causes)


def _before_backfill(facts: Facts) -> Sequence[Cause]:
    """Why it had not run by itself."""
    is_backfill = facts.story is not None and facts.story.execution.trigger is Trigger.BACKFILL
    return list(in_gap(facts, facts.gap)) if is_backfill and facts.gap is not None else []


def _shifts(facts: Facts) -> Sequence[Cause]:
    """What moved the moment away from the schedule's plain time."""
    found = []
    offset, asked = facts.standing.timetable.offset, facts.asked
    if offset and facts.moment is not None and asked.low <= facts.moment - offset < asked.high:
        clause = f"its jitter of up to {length(facts.jitter)} moves each moment by {length(offset)}"
        found.append(Cause(Kind.JITTER, clause))
    if (change := clock_change(facts)) is not None:
        found.append(change)
    return found


def _undue(facts: Facts) -> Answer:
    causes = undue(facts)
    if not facts.is_named:
        gone = existence(facts, facts.now) if facts.deleted is not None else None
        held_now = [gone] if gone is not None else list(held(facts))
        if held_now or facts.next_at is None:
            return _answer(facts, Verdict.HELD, f"{facts.slug} does not fire", held_now or [_ended(facts)])
    excluded = causes[0].kind is Kind.EXCLUDED
    past = facts.asked.low <= facts.now
    if excluded and past:
        return _answer(facts, Verdict.DID_NOT_RUN, f"{facts.slug} did not run at {_at(facts)}", causes)
    return _answer(facts, Verdict.NOT_DUE, f"{facts.slug} {'was' if past else 'is'} not due at {_at(facts)}", causes)


def _coming(facts: Facts) -> Answer:
    assert facts.moment is not None
    if (gone := existence(facts, facts.moment)) is not None:
        return _answer(facts, Verdict.NOT_DUE, f"{facts.slug} is not due at {_at(facts)}", [gone])
    until = facts.standing.paused.until if facts.standing.paused else None
    goes_on = until is not None and until < facts.moment
    stopped = [cause for cause in held(facts) if cause.kind is not Kind.PAUSED or not goes_on]
    if stopped:
        title = f"{facts.slug} will not run at {_at(facts)} as things stand"
        return _answer(facts, Verdict.HELD, title, stopped)
    future = Cause(Kind.FUTURE, f"that is still to come, in {length(facts.moment - facts.now)}", since=facts.moment)
    return _answer(facts, Verdict.COMING, f"{facts.slug} is to run at {_at(facts)}", [future, *_shifts(facts)])


def _ended(facts: Facts) -> Cause:
    if isinstance(facts.standing.timetable.schedule, OnDemand):
        return undue(facts)[0]
    return Cause(Kind.ENDED, f"its schedule, {facts.sentence}, has no moment left")


def _at(facts: Facts) -> str:
    return when(facts.moment or facts.asked.low, facts.timezone)


def _answer(facts: Facts, verdict: Verdict, title: str, causes: Sequence[Cause]) -> Answer:
    before, after = nearest(facts)
    story = facts.story
    return Answer(
        job_id=facts.job_id,
        job=facts.slug,
        timezone=facts.timezone,
        moment=facts.moment if story is None else story.execution.scheduled_for,
        verdict=verdict,
        headline=title,
        causes=list(causes),
        execution_id=None if story is None else story.execution.id,
        gap=facts.gap,
        before=before,
        after=after,
    )
