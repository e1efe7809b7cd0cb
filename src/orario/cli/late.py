"""Imports what a command needs when that command is asked for: nobody waits for what the others need."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command

Maker = Callable[[str], Any]  # a command of this name


def command(example: str) -> Maker:
    """The command that a module and a function in it are named after."""

    def make(name: str) -> Any:
        alone = Typer(add_completion=False)
        alone.command(name, epilog=f"Example: {example}")(getattr(_module(name), name))
        return get_command(alone)

    return make


def group(help: str, *modules: str) -> Maker:
    """The commands of each module's `app`, side by side."""

    def make(name: str) -> Any:
        together = Typer(name=name, add_completion=False, no_args_is_help=True, help=help)
        for module in modules:
            together.add_typer(_module(module).app)
        return get_command(together)

    return make


def _module(module: str) -> Any:
    return import_module(f"{__package__}.{module}")


class LateGroup(TyperGroup):
    """A group of commands that are made when somebody looks at them."""

    makers: ClassVar[Mapping[str, Maker]]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Made(self.makers)  # type: ignore[assignment]  # nobody adds to them

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


class _Made(Mapping[str, Any]):
    def __init__(self, makers: Mapping[str, Maker]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Any:
        return self._makers[name](name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
