"""What an execution waits for, or waited for: its job's limit, its queue, its executor."""

from collections.abc import Iterable, Iterator, Sequence

from orario.core.why.causes import Cause, Kind
from orario.core.why.facts import Line, Place
from orario.core.why.saying import by, count, when


def merged(lines: Iterable[Line], zone: str, *, now: bool = False) -> list[Cause]:
    """What stood in the way at these instants, each kind once."""
    found: dict[Kind, Cause] = {}
    for line in lines:
        for cause in waited_for(line, zone, now=now):
            found.setdefault(cause.kind, cause)
    return list(found.values())


def waited_for(line: Line, zone: str, *, now: bool = False) -> Iterator[Cause]:
    """All that was in the way at one instant, or is in the way now."""
    be = "is" if now else "was"
    if len(line.of_job) >= line.limit:
        limit = count(line.limit, "running execution")
        held = f"held by {_holder(line.of_job, zone)}"
        yield _cause(Kind.LIMIT, f"the job {be} at its limit of {limit}, {held}", line.of_job)
    if line.queue_paused is not None:
        hold = line.queue_paused
        since = f" since {when(hold.since, zone)}" if hold.since else ""
        clause = f"its queue {line.queue} {be} paused {by(hold.by)}{since}"
        yield Cause(Kind.QUEUE_PAUSED, clause, since=hold.since, until=hold.until, by=hold.by)
    elif len(line.of_queue) >= line.width:
        clause = f"its queue {line.queue} {be} full: {_taken(line.of_queue, line.width, zone)}{_ahead(line)}"
        yield _cause(Kind.QUEUE_FULL, clause, line.of_queue)
    if len(line.of_mode) >= line.room:
        what = "process" if line.mode == "process" else f"{line.mode} task"
        clause = f"the executor {be} full: {count(line.room, what)} at once, {_taken(line.of_mode, line.room, zone)}"
        yield _cause(Kind.EXECUTOR_FULL, clause, line.of_mode)


def _cause(kind: Kind, clause: str, places: Sequence[Place]) -> Cause:
    if not places:
        return Cause(kind, clause)
    first = places[0]
    return Cause(
        kind,
        clause,
        since=first.since,
        until=first.until,
        execution_id=first.execution_id,
        instance_id=first.instance_id,
    )


def _holder(places: Sequence[Place], zone: str) -> str:
    """Who holds the places; the first of them by name."""
    if not places:
        return "what is no longer on record"
    first = places[0]
    others = f" and {len(places) - 1} more" if len(places) > 1 else ""
    end = f" until {when(first.until, zone)}" if first.until else ""
    return f"execution {first.execution_id} on {first.instance} since {when(first.since, zone)}{end}{others}"


def _taken(places: Sequence[Place], width: int, zone: str) -> str:
    if not places:
        return f"{width} of {width} places taken"
    first = places[0]
    whose = f"the longest by {first.job} (execution {first.execution_id}) on {first.instance}"
    return f"{len(places)} of {width} places taken, {whose} since {when(first.since, zone)}"


def _ahead(line: Line) -> str:
    return f", and {count(line.ahead, 'execution')} before it in the line" if line.ahead else ""
