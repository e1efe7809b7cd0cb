"""Follows one execution at the terminal until it ends: its log lines as they come, and how far it is."""

import time
from collections.abc import Callable
from typing import Any

from orario.cli.bars import Following
from orario.cli.client import Client, part
from orario.cli.show import Row
from orario.core.execution import State

_SHORTEST, _LONGEST = 0.1, 1.0  # seconds between two looks: quick for short work, easy on the server for long
_LINES = 200

Printer = Callable[[Row], None]


def follow(
    api: Client,
    execution: str,
    *,
    printer: Printer,
    bar: Following | None = None,
    level: str | None = None,
    search: str | None = None,
) -> Any:
    """Print what the execution logs until it has ended; answers it as it ended."""
    pause, after = _SHORTEST, 0
    while True:
        # First the state, then the lines: what an ended execution logged is all there.
        seen = api.get(f"/executions/{part(execution)}")
        if bar is not None:
            bar.show(seen)
        came = after
        after = print_lines(api, execution, printer=printer, after=after, level=level, search=search)
        if State(seen["status"]).is_final:
            return seen
        pause = _SHORTEST if after > came else min(pause * 1.5, _LONGEST)
        time.sleep(pause)


def print_lines(
    api: Client,
    execution: str,
    *,
    printer: Printer,
    after: int = 0,
    level: str | None = None,
    search: str | None = None,
) -> int:
    """Print every line after the one with that id; answers the id of the last one."""
    while True:
        path = f"/executions/{part(execution)}/logs"
        answer = api.get(path, after=after, level=level, search=search, limit=_LINES)
        for row in answer["logs"]:
            printer(row)
            after = row["id"]
        if len(answer["logs"]) < _LINES:
            return after
