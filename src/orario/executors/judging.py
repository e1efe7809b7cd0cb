"""Judges how an attempt ended: what was returned, raised, or asked of it becomes an Outcome."""

import inspect
import json
import traceback
from asyncio import CancelledError
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from orario.core.errors import AttemptEnded, Cancelled, GiveUp
from orario.core.execution import Ending, Outcome
from orario.core.masking import Masker
from orario.executors.cleaning import clean, cut, cut_front, fit_tree, shown

_LONGEST_MESSAGE = 4096
_OURS = str(Path(__file__).parent)
DONE = Outcome(Ending.SUCCEEDED)


class Unfit(AttemptEnded):
    """The function was not called, and never could be with these arguments."""


@dataclass(frozen=True, slots=True)
class Stop:
    """That an attempt was told to stop: what it will end as, and why."""

    ending: Ending
    reason: str

    @classmethod
    def late(cls, timeout: timedelta) -> "Stop":
        return cls(Ending.TIMED_OUT, f"Timed out after {timeout.total_seconds():g} s")


SHUTDOWN = Stop(Ending.LOST, "The server was stopped before the work was done")
DISOWNED = Stop(Ending.LOST, "The attempt is no longer carried here")


def returned(value: Any, max_bytes: int) -> Outcome:
    """Success, with the result as JSON; failure when it is none, or too large. Trying again would not help."""
    if value is None:
        return DONE
    if inspect.iscoroutine(value):
        value.close()  # or Python complains that nobody awaited it
        return _refused("The result is not JSON: the function returned a coroutine; declare it `async def`")
    try:
        result = to_jsonable_python(value)
        encoded = json.dumps(result, ensure_ascii=False, allow_nan=False)
        if "\\u0000" in encoded or not _is_text(encoded):
            result = fit_tree(result)
    except Exception as error:
        return _refused(f"The result is not JSON: {cut(shown(error), 1000)}")
    size = len(encoded.encode(errors="replace"))
    if size > max_bytes:
        return _refused(f"The result is too large: {size} bytes as JSON, and at most {max_bytes} are kept")
    return Outcome(Ending.SUCCEEDED, result)


def raised(error: BaseException) -> Outcome:
    """Failure, with the stack from the user's own code on."""
    if isinstance(error, Unfit):
        return _refused(error.message)
    return Outcome(Ending.FAILED, None, _message(error), _stack(error), may_retry=not isinstance(error, GiveUp))


def stopped(stop: Stop, error: BaseException | None = None) -> Outcome:
    """The ending that was asked for; an error that came up on the way is told as well."""
    if error is None:
        return Outcome(stop.ending, None, stop.reason)
    told = "" if isinstance(error, AttemptEnded | CancelledError) else f"; while stopping: {_message(error)}"
    return Outcome(stop.ending, None, f"{stop.reason}{told}", _stack(error), may_retry=not isinstance(error, GiveUp))


def stopped_outside(stop: Stop, told: Outcome) -> Outcome:
    """The same for a process, which has told how its function ended after it was told to stop."""
    message = told.error_message or ""
    is_plain = not message or message.startswith((Cancelled.__name__, CancelledError.__name__))
    sentence = stop.reason if is_plain else f"{stop.reason}; while stopping: {message}"
    return Outcome(stop.ending, None, sentence, told.error_stack, may_retry=told.may_retry)


def masked(outcome: Outcome, masker: Masker) -> Outcome:
    """The outcome without secrets, its texts at the length that is kept."""
    message, stack = outcome.error_message, outcome.error_stack
    return replace(
        outcome,
        result=masker.tree(outcome.result),
        error_message=message and cut(masker.text(message), _LONGEST_MESSAGE),
        error_stack=stack and cut_front(masker.text(stack)),
    )


def _refused(sentence: str) -> Outcome:
    return Outcome(Ending.FAILED, None, sentence, may_retry=False)


def _message(error: BaseException) -> str:
    name, text = type(error).__name__, shown(error)
    return f"{name}: {text}" if text else name


def _stack(error: BaseException) -> str | None:
    place = error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename.startswith(_OURS):
        place = place.tb_next
    if place is None and isinstance(error, AttemptEnded | CancelledError):
        return None  # the function was never there
    try:
        return clean("".join(traceback.format_exception(type(error), error, place)))
    except Exception:  # an exception whose own text or chain cannot be read
        return clean("".join(traceback.format_tb(place)))


def _is_text(encoded: str) -> bool:
    try:
        encoded.encode()
    except UnicodeEncodeError:
        return False
    return True
