"""What an execution logs, as the API streams it: an event for each line, then one for the end."""

from collections.abc import Sequence

from orario.api.schemas.executions import ExecutionOut, LogLineOut
from orario.core.execution import Execution, LogLine
from orario.web.following import event


def tell(lines: Sequence[LogLine]) -> str:
    """An event `log` for each line."""
    return "".join(event("log", LogLineOut.of(line).model_dump_json(), line.id) for line in lines)


def end(execution: Execution) -> str:
    """The event `end`."""
    return event("end", ExecutionOut.of(execution).model_dump_json())
