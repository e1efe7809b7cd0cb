"""What became of a moment that is an execution, and why it was late, ended so, or waits."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from orario.core.execution import Attempt, Ending, Execution, State, Trigger
from orario.core.policy import Misfire
from orario.core.why.causes import Cause, Kind, Verdict
from orario.core.why.facts import Facts, Story
from orario.core.why.lines import merged
from orario.core.why.saying import by, count, length, quoted, when
from orario.core.why.unexecuted import nobody_looked

SLACK = timedelta(seconds=1)  # nobody calls this late
# How the messages of such ends begin.
LOST = ("carrier lost", "The server was stopped", "The attempt is no longer carried")
_UNSTARTED = (State.SKIPPED, State.MISSED)
_ENDS = {State.FAILED: Kind.FAILED, State.TIMEOUT: Kind.TIMEOUT}


def verdict_of(story: Story) -> Verdict:
    execution = story.execution
    if execution.state is State.PENDING:
        return Verdict.WAITING
    if execution.state is State.RUNNING:
        return Verdict.RUNNING
    start = first_start(story)
    if start is None:
        return Verdict.DID_NOT_RUN
    return Verdict.RAN_LATE if start - execution.scheduled_for > SLACK else Verdict.RAN


def first_start(story: Story) -> datetime | None:
    """When its first attempt began, if one did."""
    if story.execution.state in _UNSTARTED:
        return None
    return story.attempts[0].started_at if story.attempts else None


def headline(facts: Facts, story: Story) -> str:
    """What became of it, up to the colon."""
    execution, zone = story.execution, facts.timezone
    start, at = first_start(story), when(execution.scheduled_for, zone)
    match verdict_of(story):
        case Verdict.WAITING:
            return f"{facts.slug} was due at {at} and waits"
        case Verdict.DID_NOT_RUN:
            return f"{facts.slug} did not run at {at}"
    assert start is not None
    late = start - execution.scheduled_for
    began = f"started {length(late)} late, at {when(start, zone)}" if late > SLACK else "started on time"
    if execution.state is State.RUNNING:
        return f"{facts.slug} was due at {at}, {began} and is running"
    return f"{facts.slug} was due at {at}, {began} and ended as {execution.state}"


def executed(facts: Facts, story: Story) -> list[Cause]:
    """The causes, the decisive one first."""
    return [*_ending(facts, story), *_lateness(facts, story), *_origin(facts, story)]


def _origin(facts: Facts, story: Story) -> Iterator[Cause]:
    """Why there is such an execution at all."""
    execution, zone = story.execution, facts.timezone
    who = by(execution.triggered_by)
    opened = when(execution.created_at, zone)
    if execution.trigger is Trigger.MANUAL:
        yield Cause(Kind.MANUAL, f"it was triggered {who} at {opened}", by=execution.triggered_by)
    elif execution.trigger is Trigger.RERUN:
        clause = f"it was run again {who} at {opened}, after execution {execution.rerun_of}"
        yield Cause(Kind.RERUN, clause, by=execution.triggered_by, execution_id=execution.rerun_of)
    elif execution.trigger is Trigger.BACKFILL:
        clause = f"it was run after all by a backfill that was asked for {who} at {opened}"
        yield Cause(Kind.BACKFILL, clause, since=execution.created_at, by=execution.triggered_by)
    elif execution.state is not State.PENDING and first_start(story) is not None:
        yield Cause(Kind.DUE, f"its schedule, {facts.sentence}, has this moment")
    if story.is_again:
        yield Cause(Kind.CLOCK_SET, "the clock had been set back, and the moment came once more")


def _lateness(facts: Facts, story: Story) -> Iterator[Cause]:
    execution = story.execution
    if execution.trigger is Trigger.SCHEDULER and execution.created_at - execution.scheduled_for > SLACK:
        yield nobody_looked(facts)
        yield _let_run(facts, story)
    start = first_start(story)
    if execution.state in _UNSTARTED or start is None or start - execution.created_at <= SLACK:
        return
    waited = merged(story.lines, facts.timezone)
    if waited:
        yield from waited
    else:
        clause = (
            f"it waited {length(start - execution.created_at)} for its start, and for what is no longer on record"
        )
        yield Cause(Kind.WAITED, clause, since=execution.created_at, until=start)


def _let_run(facts: Facts, story: Story) -> Cause:
    """Why the policy let a missed moment run late."""
    policy, execution = facts.standing.policy, story.execution
    if execution.created_at - execution.scheduled_for <= policy.misfire_grace:
        clause = f"within its misfire grace of {length(policy.misfire_grace)} it runs all the same"
    elif policy.misfire is Misfire.ALL:
        clause = f"by its misfire policy `all` what was missed in the last {length(policy.misfire_window)} runs late"
    elif story.dropped:
        clause = f"by its misfire policy `latest` it ran for {count(story.dropped + 1, 'missed moment')} together"
    else:
        clause = "by its misfire policy `latest` the last missed moment runs late"
    return Cause(Kind.MISFIRE, clause)


def _ending(facts: Facts, story: Story) -> Iterator[Cause]:
    execution, zone = story.execution, facts.timezone
    match execution.state:
        case State.PENDING:
            yield from _waiting(facts, story)
        case State.RUNNING:
            yield _running(facts, story)
        case State.SKIPPED:
            yield _skipped(facts, story)
        case State.MISSED:
            yield _too_late(facts, story)
            yield from merged(story.lines, zone)
        case State.CANCELLED:
            yield _cancelled(story, zone)
        case State.FAILED | State.TIMEOUT:
            yield _failed(facts, story)
    if execution.state is not State.PENDING and len(story.attempts) > 1:
        yield _retried(story)


def _waiting(facts: Facts, story: Story) -> Iterator[Cause]:
    execution = story.execution
    if execution.attempt > 0 and story.attempts:
        yield _retry(facts, story.attempts[-1], execution)
        if execution.due_at > facts.now:
            return
    if facts.task_problem is not None:
        yield Cause(Kind.INACTIVE_TASK, facts.task_problem)
    found = [_handed_over(facts, story)] if story.message else merged(story.lines, facts.timezone, now=True)
    yield from found
    if not facts.has_leader:
        yield Cause(Kind.NO_INSTANCE, "no instance leads: nothing starts until a server runs")
    elif not found and facts.task_problem is None:
        yield Cause(Kind.WAITED, "nothing stands in its way; an instance takes it any moment")


def _handed_over(facts: Facts, story: Story) -> Cause:
    queue, sent_at = story.execution.queue, story.message.sent_at if story.message else None
    if sent_at is None:
        clause = f"it is to be handed to Celery's queue {queue}, and the broker has not taken it yet"
    else:
        at = when(sent_at, facts.timezone)
        clause = f"it was handed to Celery's queue {queue} at {at}, and no worker has taken it"
    return Cause(Kind.HANDED_OVER, clause, since=sent_at)


def _retry(facts: Facts, last: Attempt, execution: Execution) -> Cause:
    ended = "lost its carrier" if last.ending is Ending.LOST else f"ended as {last.ending}"
    error = f" ({quoted(last.error_message)})" if last.error_message and last.ending is not Ending.LOST else ""
    then = f"attempt {last.number + 1} is to start at {when(execution.due_at, facts.timezone)}"
    kind = Kind.CARRIER_LOST if last.ending is Ending.LOST else Kind.RETRY
    at = when(last.finished_at or execution.due_at, facts.timezone)
    clause = f"attempt {last.number} {ended} at {at}{error}; {then}"
    return Cause(kind, clause, until=execution.due_at, instance_id=last.carrier)


def _running(facts: Facts, story: Story) -> Cause:
    execution = story.execution
    since = when(execution.started_at or facts.now, facts.timezone)
    asked = ""
    if execution.cancel_requested_at is not None:
        asked_at = when(execution.cancel_requested_at, facts.timezone)
        asked = f"; it was asked to stop {by(story.cancelled_by)} at {asked_at}"
    clause = f"attempt {execution.attempt} runs on {_carrier(story)} since {since}{asked}"
    return Cause(Kind.RUNNING, clause, since=execution.started_at, instance_id=execution.carrier)


def _carrier(story: Story) -> str:
    carrier = story.execution.carrier
    if carrier is not None:
        return story.carriers.get(carrier, "an instance no longer known")
    return "a worker of its Celery application" if story.is_entrusted else "its instance"


def _skipped(facts: Facts, story: Story) -> Cause:
    line, zone = story.turned_away, facts.timezone
    limit = facts.standing.policy.max_instances
    if line is None or not line.of_job:
        clause = "by its overlap policy `skip`: the job was at its limit of running executions"
        return Cause(Kind.OVERLAP, clause)
    first = line.of_job[0]
    others = f" and {len(line.of_job) - 1} more" if len(line.of_job) > 1 else ""
    end = f" and ended at {when(first.until, zone)}" if first.until else ""
    clause = (
        f"by its overlap policy `skip`: execution {first.execution_id} still ran on {first.instance}"
        f" (since {when(first.since, zone)}{end}){others}, and {count(limit, 'running execution')} is its limit"
    )
    return Cause(
        Kind.OVERLAP,
        clause,
        since=first.since,
        until=first.until,
        execution_id=first.execution_id,
        instance_id=first.instance_id,
    )


def _too_late(facts: Facts, story: Story) -> Cause:
    limit = facts.standing.policy.start_within
    within = "in the time its job allows" if limit is None else f"within the {length(limit)} that its job allows"
    return Cause(Kind.TOO_LATE, f"it could not start {within}", until=story.execution.finished_at)


def _cancelled(story: Story, zone: str) -> Cause:
    execution, who = story.execution, story.cancelled_by
    at = execution.cancel_requested_at or execution.finished_at
    if who == "a newer execution":
        clause = "by its overlap policy `cancel_other` a newer execution took its place"
        return Cause(Kind.OVERLAP, clause, since=at)
    clause = f"it was cancelled {by(who)}" + (f" at {when(at, zone)}" if at else "")
    return Cause(Kind.CANCELLED, clause, since=at, by=who)


def _failed(facts: Facts, story: Story) -> Cause:
    execution = story.execution
    error = quoted(execution.error_message or "it left no message")
    if error.startswith(LOST):
        clause = f"{_carrier(story)} was gone before the work was done"
        return Cause(Kind.CARRIER_LOST, clause, instance_id=execution.carrier)
    return Cause(_ENDS[execution.state], f"attempt {execution.attempt} ended as {execution.state} ({error})")


def _retried(story: Story) -> Cause:
    earlier = [attempt for attempt in story.attempts[:-1]]
    endings = ", ".join(f"{attempt.number}: {attempt.ending}" for attempt in earlier)
    lost = any(attempt.ending is Ending.LOST for attempt in earlier)
    error = next((attempt.error_message for attempt in reversed(earlier) if attempt.error_message), None)
    last = f", at last {quoted(error)}" if error else ""
    clause = f"it took {count(len(story.attempts), 'attempt')} (before the last, {endings}{last})"
    return Cause(Kind.CARRIER_LOST if lost else Kind.RETRY, clause)
