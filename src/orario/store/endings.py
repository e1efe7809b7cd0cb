"""Settling executions: final states, and going back to wait for another attempt."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from orario.core.events import Ended
from orario.core.execution import Progress, State
from orario.core.ids import new_ids
from orario.store.columns import to_micros
from orario.store.executions import RUNNING
from orario.store.raw import together
from orario.store.tables import attempts, executions

_NO_PROGRESS = Progress()
_FINISH = (
    "UPDATE executions SET state = ?, finished_at = ?, result = ?, error_message = ?, error_stack = ?,"
    " total = ?, processed = ?, failed = ?, metadata = ? WHERE id = ? AND token = ? AND state = 'running'"
)


_SUCCEED = "UPDATE executions SET state = 'success', finished_at = ? WHERE id = ? AND token = ? AND state = 'running'"


def finish(connection: Connection, ended: Sequence[Ended]) -> list[Ended]:
    """Write final states; the ones that were written. The others' tokens no longer held."""
    bare = [(to_micros(one.finished_at), one.execution_id.hex, one.token.hex) for one in ended if _is_bare(one)]
    written = together(connection, _SUCCEED, bare)
    if len(bare) < len(ended):
        written += together(connection, _FINISH, [_finish_row(one) for one in ended if not _is_bare(one)])
    if written == len(ended):
        return list(ended)
    return _accepted(connection, ended)


def _is_bare(one: Ended) -> bool:
    """Whether there is nothing to write but that it succeeded, nor anything to write over: the commonest by far."""
    is_untold = one.outcome.result is None and one.metadata is None and one.progress == _NO_PROGRESS
    return is_untold and one.attempt == 1 and one.state is State.SUCCESS


def _finish_row(one: Ended) -> tuple[Any, ...]:
    outcome, progress = one.outcome, one.progress
    return (
        one.state.value,
        to_micros(one.finished_at),
        _json(outcome.result),
        outcome.error_message,
        outcome.error_stack,
        progress.total,
        progress.processed,
        progress.failed,
        _json(one.metadata),
        one.execution_id.hex,
        one.token.hex,
    )


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _accepted(connection: Connection, ended: Sequence[Ended]) -> list[Ended]:
    """Which of a refused group were written after all."""
    found = connection.execute(
        select(executions.c.id, executions.c.token, executions.c.finished_at).where(
            executions.c.id.in_([one.execution_id for one in ended])
        )
    )
    written = {(id, token, finished_at) for id, token, finished_at in found}
    return [one for one in ended if (one.execution_id, one.token, one.finished_at) in written]


def send_back(connection: Connection, ended: Sequence[Ended], now: datetime) -> list[Ended]:
    """Return running executions to wait for their next attempt, under a fresh token; the ones returned.

    What somebody wants to end is not returned.
    """
    fresh = new_ids(now, len(ended))
    accepted = []
    for one, token in zip(ended, fresh, strict=True):
        returned = connection.execute(
            update(executions)
            .where(
                executions.c.id == one.execution_id,
                executions.c.token == one.token,
                executions.c.cancel_requested_at.is_(None),
                RUNNING,
            )
            .values(
                state=State.PENDING.value,
                token=UUID(hex=token),
                carrier=None,
                due_at=one.due_at,
                error_message=one.outcome.error_message,
            )
        )
        if returned.rowcount == 1:
            accepted.append(one)
    if accepted:
        connection.execute(insert(attempts), [_attempt_row(one) for one in accepted])
    return accepted


def _attempt_row(one: Ended) -> dict[str, Any]:
    return {
        "execution_id": one.execution_id,
        "number": one.attempt,
        "token": one.token,
        "carrier": one.carrier,
        "started_at": one.started_at,
        "finished_at": one.finished_at,
        "ending": one.outcome.ending.value,
        "error_message": one.outcome.error_message,
        "error_stack": one.outcome.error_stack,
    }
