"""One execution with all that happened to it: attempts, carriers, who ended it, what it waited for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from orario.core.execution import Execution, State
from orario.core.task import Mode
from orario.core.timetable import Timetable
from orario.core.why.executed import SLACK
from orario.core.why.facts import Line, Message, Standing, Story
from orario.service.tools import Tools
from orario.service.why.lines import Surveyor
from orario.store import handovers, history, instances, retracing

_BEFORE = timedelta(microseconds=1)
_FOLD = timedelta(milliseconds=1)  # a second pass is told from the first by microseconds


def story_of(tools: Tools, connection: Connection, execution: Execution, standing: Standing, now: datetime) -> Story:
    """The story of an execution whose job stood so when it was due."""
    attempts = history.attempts_of(connection, execution)
    carriers = {one.carrier for one in attempts if one.carrier is not None}
    surveyor = Surveyor(tools, connection, execution, standing.policy)
    started = attempts[0].started_at if attempts else None
    return Story(
        execution=execution,
        attempts=attempts,
        carriers=instances.called(connection, carriers),
        cancelled_by=retracing.cancelled_by(connection, execution.id),
        turned_away=_turned_away(surveyor, execution),
        lines=_lines(surveyor, execution, started, now),
        is_again=_is_again(standing.timetable, execution.scheduled_for),
        dropped=retracing.dropped_at(connection, execution.job_id, execution.created_at),
        is_entrusted=surveyor.mode is Mode.CELERY_TASK,
        message=_message(connection, execution),
    )


def _message(connection: Connection, execution: Execution) -> Message | None:
    found = handovers.sent_at(connection, execution.token) if execution.state is State.PENDING else []
    return Message(found[0]) if found else None


def _turned_away(surveyor: Surveyor, execution: Execution) -> Line | None:
    if execution.state is not State.SKIPPED or execution.finished_at is None:
        return None
    return surveyor.at(execution.finished_at)


def _lines(surveyor: Surveyor, execution: Execution, started: datetime | None, now: datetime) -> Sequence[Line]:
    """Of what waits: now. Of what waited: just before its wait came to an end, and when it began."""
    if execution.state is State.PENDING:
        return [surveyor.now(now)]
    ended = execution.finished_at if execution.state in (State.MISSED, State.CANCELLED) and not started else started
    if execution.state is State.SKIPPED or ended is None or ended - execution.created_at <= SLACK:
        return []
    # What made room had to be written down before anything could start: at the very end it is gone already.
    last = ended - _BEFORE if execution.state is State.MISSED else max(ended - SLACK, execution.created_at)
    return [surveyor.at(last), surveyor.at(execution.created_at)]


def _is_again(timetable: Timetable, moment: datetime) -> bool:
    before = timetable.next(moment - _FOLD)
    return before is not None and before < moment
