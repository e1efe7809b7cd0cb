"""Writes an ERROR line into the log of a run that fails, as the document has it, before its error goes on."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from orario import Cancelled, Context
from orario.apps.agent.calling import words_of


def telling(function: Callable[..., Any], slug: str) -> Callable[..., Any]:
    """The same work; what it raises is told."""

    def tell(context: Context, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            context.error(f"{slug} failed: {words_of(error)}")

    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def work_on_loop(context: Context) -> Any:
            try:
                return await function(context)
            except Exception as error:
                tell(context, error)
                raise

        return work_on_loop

    @wraps(function)
    def work(context: Context) -> Any:
        try:
            return function(context)
        except Exception as error:
            tell(context, error)
            raise

    return work
