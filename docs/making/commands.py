"""The page of the command line."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from making.markdown import code, page, table
from orario.cli import app

_BORING = {"help", "install_completion", "show_completion"}


def commands() -> str:
    root = get_command(app)
    parts = [part for path, command in _walk("orario", root) for part in _about(path, command)]
    return page("Command line", _lead(root), parts)


def _lead(root: Any) -> str:
    return "\n\n".join(filter(None, [root.help, root.epilog]))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    for name, child in getattr(command, "commands", {}).items():
        if child.hidden:
            continue
        if hasattr(child, "commands"):
            yield from _walk(f"{path} {name}", child)
        else:
            yield f"{path} {name}", child


def _about(path: str, command: Any) -> list[str]:
    rows = [[_flags(one), one.help or ""] for one in command.params if one.name not in _BORING]
    words = " ".join((command.help or "").split())
    return [f"## {path}", words, table(["argument", "what it is"], rows) if rows else "", command.epilog or ""]


def _flags(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return code(parameter.metavar or parameter.name.upper())
    return ", ".join(code(one) for one in [*parameter.opts, *parameter.secondary_opts])
