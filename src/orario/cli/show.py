"""Puts answers on the terminal: tables and details for people, JSON for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]
Cell = str | Text | None

WIDE, WIDER, WIDEST = 100, 125, 160  # terminals, for the less important columns of tables
_ENDLESS = 10_000  # the width of a pipe: nothing is folded or cut


@dataclass(frozen=True)
class Column:
    """One column of a table: its title, and what it shows of a row."""

    title: str
    cell: Callable[[Row], Cell]
    min_width: int = 0  # the terminal's width from which on it is shown
    is_number: bool = False
    is_whole: bool = False  # never folded onto a second line


def out() -> Console:
    """Standard output, as it is now: a terminal of some width, or a pipe."""
    return _console(sys.stdout)


def err() -> Console:
    """Standard error, for errors, hints and progress: what is printed there is never data."""
    return _console(sys.stderr)


def _console(file: Any) -> Console:
    console = Console(file=file, highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(file=file, highlight=False, width=_ENDLESS)


def as_json(value: Any) -> None:
    """Exactly what the API answered."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def table(columns: Sequence[Column], rows: Iterable[Row], *, empty: str) -> None:
    """One line per row; `empty` is said, on stderr, when there is none."""
    rows = list(rows)
    if not rows:
        hint(empty)
        return
    console = out()
    shown = [column for column in columns if console.width >= column.min_width]
    _print(console, _table(shown, rows))


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    drawn = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        justify: JustifyMethod = "right" if column.is_number else "left"
        drawn.add_column(column.title, justify=justify, overflow="fold", no_wrap=column.is_whole)
    for row in rows:
        drawn.add_row(*(text(column.cell(row)) for column in columns))
    return drawn


def details(pairs: Iterable[tuple[str, Cell]]) -> None:
    """One thing, line by line; what it does not have is left out."""
    drawn = Table(box=None, pad_edge=False, show_header=False, show_edge=False)
    drawn.add_column(style="bold", no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and str(value):
            drawn.add_row(name, text(value))
    _print(out(), drawn)


def _print(console: Console, drawn: Table) -> None:
    if console.is_terminal:
        console.print(drawn)
        return
    with console.capture() as captured:
        console.print(drawn)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def line(*parts: Cell) -> None:
    """One line of data."""
    out().print(Text(" ").join(text(part) for part in parts if part), soft_wrap=True)


def hint(sentence: str) -> None:
    """Something worth knowing that is not data."""
    err().print(text(sentence), style="dim", soft_wrap=True)


def text(value: Cell, style: str = "") -> Text:
    """Safe to print: no markup is read in it, and no control character of it reaches the terminal."""
    if isinstance(value, Text):
        return value
    spaced = (value or "").replace("\t", "    ")
    clean = "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in spaced)
    return Text(clean, style=style)


def compact(value: Any) -> str | None:
    """A JSON value on one line; nothing for nothing."""
    if value is None or value == {}:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def more(total: int, page: int, per_page: int) -> None:
    """Says that a list goes on after this page."""
    if total > page * per_page:
        hint(f"{total} in all; --page {page + 1} goes on.")


def json_line(row: Row) -> None:
    """One thing as one line of JSON, for streams."""
    print(json.dumps(row, ensure_ascii=False), flush=True)


def complain(sentence: str) -> None:
    """What went wrong, as one line on stderr."""
    err().print(text("Error: ", "bold red") + text(sentence), soft_wrap=True)
