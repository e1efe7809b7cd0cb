"""The page of the public face: `orario.__all__`, each name with its words."""

import inspect
import re
from enum import Enum
from textwrap import dedent
from typing import Any, get_overloads

import orario
from making.markdown import page
from orario.core import errors

# An attempt is given its Context; nobody makes one.
GIVEN = {"Context"}


def names() -> str:
    tree = (errors.__doc__ or "").partition("\n\n")[2].strip()
    return page(
        "Python",
        "Everything that an app imports from `orario`.",
        [
            *(part for name in orario.__all__ for part in _about(name, getattr(orario, name))),
            f"## The tree of errors\n\n```\n{tree}\n```",
        ],
    )


def _about(name: str, thing: Any) -> list[str]:
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return [f"## {name}", f"`{thing}`"]
    parts = [f"## {name}", "" if name in GIVEN else _signature(name, thing), _words(thing)]
    if inspect.isclass(thing):
        pieces = [one for one in thing.__mro__ if one is thing or one.__module__.startswith("orario.app.")]
        members = {one: value for piece in reversed(pieces) for one, value in vars(piece).items()}
        methods = [_method(one, value) for one, value in members.items() if _is_public_method(one, value)]
        parts.append("\n".join(methods))
    return parts


def _is_public_method(name: str, value: Any) -> bool:
    return not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))


def _method(name: str, value: Any) -> str:
    if isinstance(value, property):
        return f"- `{name}`: {_first(value.fget)}".rstrip(": ")
    return f"- `{_call(name, value)}`: {_first(value)}".rstrip(": ")


def _signature(name: str, thing: Any) -> str:
    if inspect.isclass(thing) and issubclass(thing, Enum):
        return "One of " + ", ".join(f"`{member.value}`" for member in thing) + "."
    if inspect.isclass(thing) and issubclass(thing, BaseException):
        return ""
    return f"```python\n{_call(name, thing)}\n```"


def _call(name: str, thing: Any) -> str:
    fullest = get_overloads(thing)[-1] if inspect.isfunction(thing) and get_overloads(thing) else thing
    parameters = [one for one in inspect.signature(fullest).parameters.values() if one.name != "self"]
    shown = [_parameter(one) for one in parameters]
    stars = [at for at, one in enumerate(parameters) if one.kind is one.KEYWORD_ONLY]
    if stars and not any(one.kind is one.VAR_POSITIONAL for one in parameters):
        shown.insert(stars[0], "*")
    return f"{name}({', '.join(shown)})"


def _parameter(one: inspect.Parameter) -> str:
    """Its name and default; types are in the code, where editors find them."""
    stars = "**" if one.kind is one.VAR_KEYWORD else "*" if one.kind is one.VAR_POSITIONAL else ""
    default = one.default.value if isinstance(one.default, Enum) else one.default
    return f"{stars}{one.name}" if default is one.empty else f"{one.name}={default!r}"


def _words(thing: Any) -> str:
    """Its docstring; a dataclass without one has a made-up one that says nothing new."""
    text = inspect.getdoc(thing) or ""
    return "" if text.startswith(f"{thing.__name__}(") else _fenced(text)


def _fenced(text: str) -> str:
    """Indented examples as code."""
    return re.sub(
        r"(?:^    .*\n(?:\n(?=    ))?)+", lambda block: f"```python\n{dedent(block[0])}```\n", text, flags=re.M
    )


def _first(thing: Any) -> str:
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())
