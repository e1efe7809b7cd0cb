"""Makes what a task says fit to be stored: readable text, plain JSON, sane sizes."""

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from pydantic_core import to_jsonable_python

LONGEST_TEXT = 32 * 1024
LARGEST_DETAILS = 64 * 1024
_DEEPEST = 20
_LARGEST = 2**63
# No database stores them: NUL, and halves of surrogate pairs.
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with a replacement character for whatever cannot be stored."""
    return _UNFIT.sub("\ufffd", text)


def cut(text: str, longest: int = LONGEST_TEXT) -> str:
    """The beginning of a text that is too long, with a mark that says so."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]} [cut: {len(text)} characters in all]"


def cut_front(text: str, longest: int = LONGEST_TEXT) -> str:
    """The end of a text that is too long, with a mark that says so; the last lines of a stack matter most."""
    if len(text) <= longest:
        return text
    return f"[cut: {len(text)} characters in all]\n{text[-longest:]}"


def shown(value: Any) -> str:
    """The value as text, whatever its own `__str__` does."""
    try:
        return clean(str(value))
    except Exception:
        return f"<{type(value).__name__} that cannot be shown>"


def fit(value: Any, depth: int = 0) -> Any:
    """The nearest JSON to any value: models and dates as JSON has them, anything unknown as its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int):
        return value if -_LARGEST <= value < _LARGEST else shown(value)
    if isinstance(value, float):
        return value if isfinite(value) else shown(value)
    return shown(value) if depth >= _DEEPEST else _fit_whole(value, depth + 1)


def _fit_whole(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {shown(key): fit(child, depth) for key, child in list(value.items())}
    if isinstance(value, list | tuple | set | frozenset):
        return [fit(child, depth) for child in list(value)]
    try:
        plain = to_jsonable_python(value)
    except Exception:  # an unknown type, or one whose own serializer fails
        return shown(value)
    return fit(plain, depth)


def fit_tree(value: Any) -> Any:
    """JSON with every text in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): fit_tree(child) for key, child in value.items()}
    return [fit_tree(child) for child in value] if isinstance(value, list) else value


def shrink(details: dict[str, Any]) -> dict[str, Any]:
    """The details of a log line with long texts cut; what is too large even so is named by its size."""
    if len(json.dumps(details)) <= LARGEST_DETAILS:
        return details
    smaller = {key: cut_front(value, 8192) if isinstance(value, str) else value for key, value in details.items()}
    size = len(json.dumps(smaller))
    return smaller if size <= LARGEST_DETAILS else {"left_out": f"details of {size} bytes"}
