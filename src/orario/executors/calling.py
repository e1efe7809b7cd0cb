"""Calls a task's function: on the loop, in a thread, in a process."""

from contextvars import copy_context

from orario.executors.capture import CURRENT
from orario.executors.outside import call_outside
from orario.executors.perform import Performance


async def on_loop(performance: Performance) -> None:
    """Perform an `async def`, in the asyncio task that this is."""
    CURRENT.set(performance)
    try:
        performance.begin()
        value = await performance.work.task.function(**performance.arguments())
        outcome = performance.returned(value)
    except BaseException as error:  # SystemExit too: a task must not end the server
        outcome = performance.raised(error)
    performance.end(outcome)


def in_thread(performance: Performance) -> None:
    """Perform a `def`, in the thread that calls this; the thread keeps nothing of it."""
    copy_context().run(_in_thread, performance)


def _in_thread(performance: Performance) -> None:
    CURRENT.set(performance)
    try:
        performance.begin()
        outcome = performance.returned(performance.work.task.function(**performance.arguments()))
    except BaseException as error:
        outcome = performance.raised(error)
    performance.end(outcome)


async def in_process(performance: Performance) -> None:
    """Perform a function in a process of its own, which ends with all it has started."""
    try:
        performance.begin()
        outcome = await call_outside(performance)
    except BaseException as error:
        outcome = performance.raised(error)
    performance.end(outcome)
