"""The command `orario version`, and `orario --version` for those who try that first."""

from importlib.metadata import version as installed

from typer import Exit as Leave

from orario.cli import show
from orario.cli.options import Json


def version(json: Json = False) -> None:
    """Print Orario's version."""
    show.as_json({"version": installed("orario")}) if json else print(installed("orario"))


def print_version(is_asked: bool) -> None:
    if is_asked:
        version()
        raise Leave
