"""Progress bars of long commands: on stderr, and on a terminal only."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from orario.cli import show


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


@contextmanager
def bar(title: str) -> Iterator[Bar]:
    """A bar that is gone when the work is over."""
    console = show.err()
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        yield Bar(progress, title)
