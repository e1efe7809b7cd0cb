"""Progress bars of long commands: on stderr, and on a terminal only."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from orario.cli import show
from orario.cli.show import Row


class Bar:
    """One bar; without a total it only says that something goes on."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress, self._task = progress, progress.add_task(title, total=None)

    def title(self, words: str, done: int = 0, total: int = 0) -> None:
        """What goes on now, and how far it is."""
        self._progress.update(self._task, description=words, completed=done, total=total or None)

    def tell(self, done: int, total: int) -> None:
        """How far it is; a total of 0 is unknown."""
        self._progress.update(self._task, completed=done, total=total or None)


class Following:
    """How far the execution that is followed is, and how many others are done."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._all = progress.add_task("all jobs", total=total, visible=total > 1)
        self._one = progress.add_task("", total=None)
        self._named = ""

    def begin(self, slug: str) -> None:
        """The next one, of this job."""
        self._named = f"{slug}: "
        self._progress.reset(self._one, total=None, description=slug)

    def show(self, execution: Row) -> None:
        """As it is now."""
        progress = execution.get("progress") or {}
        failed = progress.get("failed") or 0
        said = f"{self._named}{execution['status']}" + (f", {failed} failed" if failed else "")
        done, total = progress.get("processed") or 0, progress.get("total") or None
        self._progress.update(self._one, completed=done, total=total, description=said)

    def end(self) -> None:
        """One more is done."""
        self._progress.advance(self._all)


@contextmanager
def bar(title: str) -> Iterator[Bar]:
    """A bar that is gone when the work is over."""
    with _drawn(show.err(), TaskProgressColumn(), TimeRemainingColumn()) as progress:
        yield Bar(progress, title)


@contextmanager
def following(console: Console, total: int = 1) -> Iterator[Following]:
    """Bars for as many executions, one after the other, below whatever else is printed to this console."""
    with _drawn(console, MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        yield Following(progress, total)


def _drawn(console: Console, *figures: ProgressColumn) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), *figures)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
