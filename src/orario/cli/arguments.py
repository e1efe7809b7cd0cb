"""The arguments for a task, as people type them: --arg key=value and --args-file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orario.cli.exits import Exit, Failure
from orario.cli.inputs import read_file

_TYPES = {
    bool: {"boolean"},
    int: {"integer", "number"},
    float: {"number"},
    str: {"string"},
    list: {"array"},
    dict: {"object"},
    type(None): {"null"},
}


@dataclass(frozen=True)
class Arguments:
    """What was typed, not yet fitted to any function."""

    pairs: tuple[tuple[str, str], ...]
    whole: Mapping[str, Any] | None  # the file's

    @property
    def given(self) -> bool:
        return bool(self.pairs) or self.whole is not None

    def fitted(self, schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The file's, and above them each key=value: text where the function wants text, else JSON if it is JSON.

        So branch=7 is a text for `branch: str` and a number for `branch: int`.
        """
        known = (schema or {}).get("properties", {})
        return {**(self.whole or {}), **{key: _value(text, known.get(key)) for key, text in self.pairs}}


def read_arguments(pairs: Sequence[str] | None, file: str | None) -> Arguments:
    """What the two options say."""
    return Arguments(tuple(_pair(pair) for pair in pairs or ()), None if file is None else _object(file))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Failure(Exit.INVALID, "--arg wants key=value")
    return key, value


def _object(file: str) -> dict[str, Any]:
    try:
        found = json.loads(read_file(file), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Failure(Exit.INVALID, f"--args-file: {file} is not JSON") from None
    if not isinstance(found, dict):
        raise Failure(Exit.INVALID, f"--args-file: {file} must hold a JSON object")
    return found


def _value(text: str, schema: Mapping[str, Any] | None) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text
    wanted = set(_types(schema or {}))
    return text if "string" in wanted and not wanted & _TYPES[type(value)] else value


def _types(schema: Mapping[str, Any]) -> Iterator[str]:
    """The JSON types that a schema names; none where it says it in another way."""
    if isinstance(schema.get("type"), str):
        yield schema["type"]
    for part in schema.get("anyOf", ()):
        yield from _types(part)


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are no JSON
