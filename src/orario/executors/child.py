"""The program that runs one attempt of a `process=True` task: python -m orario.executors.child FD.

The order comes as JSON on stdin (secrets are never in argv); log lines, progress, metadata and the outcome
go out as JSON on the descriptor FD, in the form that channel.py describes.
"""

import asyncio
import faulthandler
import importlib
import importlib.util
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from orario.core.errors import Cancelled, Invalid
from orario.core.execution import Outcome, Trigger
from orario.core.policy import Policy
from orario.core.task import CONTEXT, Mode, Task
from orario.executors import capture, judging
from orario.executors.channel import Speaker
from orario.executors.context import Context, Facts
from orario.executors.judging import Unfit

Order = Mapping[str, Any]


def main(fd: int) -> None:
    order: Order = json.load(sys.stdin.buffer)
    close_stdin()
    faulthandler.enable()
    sys.path[:] = order["path"]
    speaker = Speaker(fd)
    signal.signal(signal.SIGTERM, lambda *_: speaker.interrupt())
    capture.install()
    capture.CURRENT.set(speaker)
    enter_trace(order["facts"]["traceparent"])
    outcome = perform(order, speaker)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    speaker.finish(outcome)


def close_stdin() -> None:
    """What was on it was ours; the function finds it empty."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)


def enter_trace(traceparent: str | None) -> None:
    """What the function traces by itself stands under its attempt."""
    if traceparent is not None:
        contexts = importlib.import_module("opentelemetry.context")
        propagation = importlib.import_module("opentelemetry.trace.propagation.tracecontext")
        contexts.attach(propagation.TraceContextTextMapPropagator().extract({"traceparent": traceparent}))


def perform(order: Order, speaker: Speaker) -> Outcome:
    try:
        value = call(order, speaker)
        return judging.returned(value, order["max_result_bytes"])
    except BaseException as error:  # SystemExit too: a function that exits has not done its work
        return judging.raised(error)


def call(order: Order, speaker: Speaker) -> Any:
    function = find(order)
    task = task_of(order, function)
    try:
        arguments = task.bind(order["args"])
    except Invalid as error:
        raise Unfit(f"The arguments do not fit the task: {error.message}") from None
    is_coroutine = inspect.iscoroutinefunction(function)
    if task.takes_context:
        arguments[CONTEXT] = speaker.context = Context(
            facts(order["facts"]), speaker, is_cancelled_at_await=is_coroutine
        )
    return asyncio.run(awaited(function, arguments, speaker)) if is_coroutine else function(**arguments)


async def awaited(function: Callable[..., Any], arguments: dict[str, Any], speaker: Speaker) -> Any:
    """An `async def` is cancelled at its `await`, as on Orario's own loop."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, speaker.cancel, task)
    try:
        return await function(**arguments)
    except asyncio.CancelledError:
        raise Cancelled(speaker.stop_reason) from None


def find(order: Order) -> Callable[..., Any]:
    """The function by its module and name; a script that was run as such is loaded from its file."""
    if order["file"] is not None:
        spec = importlib.util.spec_from_file_location("__orario_main__", order["file"])
        if spec is None or spec.loader is None:
            raise ImportError(f"cannot load {order['file']}")
        module = sys.modules["__orario_main__"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    else:
        module = importlib.import_module(order["module"])
    found: Any = module
    for name in order["qualname"].split("."):
        found = getattr(found, name)
    return cast(Callable[..., Any], found)


def task_of(order: Order, function: Callable[..., Any]) -> Task:
    """Enough of the task to bind its arguments."""
    return Task(
        name=order["task"],
        app=order["facts"]["app"],
        function=function,
        mode=Mode.PROCESS,
        display_name=order["task"],
        description=None,
        handler_path="",
        handler_type="",
        queue="",
        policy=Policy(),
    )


def facts(told: Mapping[str, Any]) -> Facts:
    return Facts(
        execution_id=UUID(told["execution_id"]),
        attempt=told["attempt"],
        app=told["app"],
        job=told["job"],
        trigger=Trigger(told["trigger"]),
        scheduled_for=datetime.fromisoformat(told["scheduled_for"]),
        timeout=None if told["timeout"] is None else timedelta(seconds=told["timeout"]),
        traceparent=told["traceparent"],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
