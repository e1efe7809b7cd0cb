"""Writes a run with its log as JSON, page by page: of a hundred thousand lines nobody holds all at once."""

from collections.abc import Iterator, Sequence
from typing import Any

from orario import Execution, LogLine
from orario.apps.gamehost import runs
from orario.apps.gamehost.related import read_names

_PAGE = 1000  # log lines read at once
_CLOSED = "]}"  # of the log, which comes last, and of the run


def run_details(services: Any, execution: Execution, after: int = 0) -> Iterator[str]:
    """What `RunDetailsOut` is, with the log lines after the one numbered `after`."""
    yield runs.run_details(execution).model_dump_json().removesuffix(_CLOSED)
    for at, page in enumerate(_pages(services, execution, after)):
        with services.database.reading() as connection:
            names = read_names(connection, page)
        lines = ",".join(runs.log(execution, line, names).model_dump_json() for line in page)
        yield f",{lines}" if at else lines
    yield _CLOSED


def _pages(services: Any, execution: Execution, after: int) -> Iterator[Sequence[LogLine]]:
    while page := services.executions.logs(execution.id, after=after, limit=_PAGE):
        yield page
        after = page[-1].id
        if len(page) < _PAGE:
            return
