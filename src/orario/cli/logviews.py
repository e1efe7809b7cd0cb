"""How the log lines of an execution look at a terminal."""

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from orario.cli import cells, show, times
from orario.cli.show import Row


def line(row: Row) -> Text:
    """`13:00:05.120 INFO  closing order=7`"""
    details = row.get("details") or {}
    said = [f"{key}={show.compact(value)}" for key, value in details.items()]
    return Text(" ").join(
        [
            Text(times.clock(times.parse(row["at"])), style="dim"),
            cells.level(row["level"]),
            show.text(str(row["message"])),
            *(show.text(word, "dim") for word in said),
        ]
    )


def printer(console: Console) -> Callable[[Row], None]:
    """Prints each line that it is given."""
    return lambda row: console.print(line(row), soft_wrap=True)
